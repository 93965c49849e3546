// What artifacts/object_store.cpp and the library that it loads (modules/objects.cpp, which sees Arrow's filesystems) know of each other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace upkeep::artifacts {

enum class ObjectStatus { kDone, kMissing, kFailed };

// Calls never throw. Of the last one that failed in this thread, problem() tells why.
struct ObjectsModule {
  void* (*open)(const char* uri);  // null: failed
  void (*close)(void* store);
  ObjectStatus (*read)(void* store, const char* key, std::string* bytes);
  ObjectStatus (*write)(void* store, const char* key, const char* bytes, std::size_t size);  // whole or not at all
  ObjectStatus (*exists)(void* store, const char* key);
  ObjectStatus (*remove)(void* store, const char* key);
  // Calls `each` with the name behind the last slash, and when it was written, in microseconds since 1970.
  ObjectStatus (*list)(void* store, const char* prefix, void (*each)(void* to, const char* name, std::int64_t written), void* to);
  const char* (*problem)();
};

inline constexpr const char* kObjectsSymbol = "upkeep_objects";

}  // namespace upkeep::artifacts
