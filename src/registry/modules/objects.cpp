// The one file of the registry that sees Arrow's filesystems; see artifacts/shared/objects.hpp. Built as a library by itself: it may use
// nothing else of ours.

#include "registry/artifacts/shared/objects.hpp"

#include <arrow/buffer.h>
#include <arrow/filesystem/filesystem.h>
#include <arrow/filesystem/s3fs.h>
#include <arrow/io/interfaces.h>
#include <arrow/result.h>
#include <arrow/status.h>

#include <cstdlib>
#include <exception>
#include <memory>
#include <mutex>

namespace {

using upkeep::artifacts::ObjectsModule;
using upkeep::artifacts::ObjectStatus;

constexpr double kConnectSeconds = 5, kSilentSeconds = 10;
constexpr int kAttempts = 4;

struct Store {
  std::shared_ptr<arrow::fs::FileSystem> files;
  std::string root;
  std::string path(const char* key) const { return root + "/" + key; }
};

thread_local std::string last_problem;

ObjectStatus failed(const arrow::Status& status) {
  last_problem = status.message();
  return ObjectStatus::kFailed;
}

template <typename Work>
ObjectStatus guarded(const Work& work) {
  try {
    return work();
  } catch (const std::exception& error) {
    last_problem = error.what();
    return ObjectStatus::kFailed;
  }
}

arrow::Result<std::shared_ptr<arrow::fs::FileSystem>> opened(const std::string& uri, std::string* root) {
  if (!uri.starts_with("s3://")) return arrow::fs::FileSystemFromUri(uri, root);
  static std::once_flag begin, end;
  static arrow::Status begun;
  std::call_once(begin, [] {
    arrow::fs::S3GlobalOptions options = arrow::fs::S3GlobalOptions::Defaults();
    options.log_level = arrow::fs::S3LogLevel::Off;
    begun = arrow::fs::InitializeS3(options);
  });
  if (!begun.ok()) return begun;
  ARROW_ASSIGN_OR_RAISE(arrow::fs::S3Options options, arrow::fs::S3Options::FromUri(uri, root));
  options.connect_timeout = kConnectSeconds;
  options.request_timeout = kSilentSeconds;
  options.background_writes = false;
  options.retry_strategy = arrow::fs::S3RetryStrategy::GetAwsStandardRetryStrategy(kAttempts);
  auto files = arrow::fs::S3FileSystem::Make(options);
  // Behind the first client, whose statics then live until the library has ended its work.
  std::call_once(end, [] { std::atexit([] { (void)arrow::fs::FinalizeS3(); }); });
  return files;
}

void* open(const char* uri) {
  auto store = std::make_unique<Store>();
  const ObjectStatus status = guarded([&] {
    auto files = opened(uri, &store->root);
    if (!files.ok()) return failed(files.status());
    store->files = *files;
    while (store->root.ends_with('/')) store->root.pop_back();
    if (store->root.empty()) return failed(arrow::Status::Invalid("the URI names no bucket"));
    return ObjectStatus::kDone;
  });
  return status == ObjectStatus::kDone ? store.release() : nullptr;
}

void close(void* store) { delete static_cast<Store*>(store); }

ObjectStatus exists(void* store, const char* key) {
  return guarded([&] {
    const auto* in = static_cast<Store*>(store);
    const auto info = in->files->GetFileInfo(in->path(key));
    if (!info.ok()) return failed(info.status());
    return info->type() == arrow::fs::FileType::File ? ObjectStatus::kDone : ObjectStatus::kMissing;
  });
}

ObjectStatus read(void* store, const char* key, std::string* bytes) {
  if (const ObjectStatus there = exists(store, key); there != ObjectStatus::kDone) return there;
  return guarded([&] {
    const auto* in = static_cast<Store*>(store);
    const auto file = in->files->OpenInputFile(in->path(key));
    if (!file.ok()) return failed(file.status());
    const auto size = (*file)->GetSize();
    if (!size.ok()) return failed(size.status());
    bytes->resize(static_cast<std::size_t>(*size));
    const auto count = (*file)->ReadAt(0, *size, bytes->data());
    if (!count.ok()) return failed(count.status());
    bytes->resize(static_cast<std::size_t>(*count));
    return ObjectStatus::kDone;
  });
}

ObjectStatus write(void* store, const char* key, const char* bytes, std::size_t size) {
  return guarded([&] {
    const auto* in = static_cast<Store*>(store);
    const auto file = in->files->OpenOutputStream(in->path(key));
    if (!file.ok()) return failed(file.status());
    const arrow::Status written = (*file)->Write(bytes, static_cast<std::int64_t>(size));
    if (!written.ok()) {
      (void)(*file)->Abort();
      return failed(written);
    }
    const arrow::Status closed = (*file)->Close();
    return closed.ok() ? ObjectStatus::kDone : failed(closed);
  });
}

ObjectStatus remove(void* store, const char* key) {
  return guarded([&] {
    const auto* in = static_cast<Store*>(store);
    const arrow::Status gone = in->files->DeleteFile(in->path(key));
    return gone.ok() ? ObjectStatus::kDone : failed(gone);
  });
}

ObjectStatus list(void* store, const char* prefix, void (*each)(void*, const char*, std::int64_t), void* to) {
  return guarded([&] {
    const auto* in = static_cast<Store*>(store);
    arrow::fs::FileSelector selector;
    selector.base_dir = in->path(prefix);
    selector.recursive = true;
    selector.allow_not_found = true;
    const auto infos = in->files->GetFileInfo(selector);
    if (!infos.ok()) return failed(infos.status());
    for (const arrow::fs::FileInfo& info : *infos)
      if (info.IsFile())
        each(to, info.base_name().c_str(), std::chrono::duration_cast<std::chrono::microseconds>(info.mtime().time_since_epoch()).count());
    return ObjectStatus::kDone;
  });
}

const char* problem() { return last_problem.c_str(); }

}  // namespace

extern "C" __attribute__((visibility("default"))) const ObjectsModule* upkeep_objects() {
  static const ObjectsModule table{open, close, read, write, exists, remove, list, problem};
  return &table;
}
