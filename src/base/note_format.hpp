// How note() writes: as text for people, or one line of JSON each for what collects logs.
#pragma once

namespace upkeep {

enum class NoteFormat { kText, kJson };
void set_note_format(NoteFormat format);  // of the process

}  // namespace upkeep
