// Recordings (symmetric/recording.hpp) on a disk: written as the session goes on, read whole.
//
// Every piece goes to the kernel when it comes, so that it is kept when the process is killed a moment later.
// A disk that is full or gone must not end the session it records: the recording ends with an error that is
// said once, and what was written until then can be played.
#pragma once

#include <expected>
#include <filesystem>
#include <string>

#include "tutti/base/bytes.hpp"
#include "tutti/base/log.hpp"
#include "tutti/symmetric/recording.hpp"

namespace tutti {

/// Of a file that is read: it is held in memory while it is played.
inline constexpr std::size_t recording_file_bytes_max = std::size_t{1} << 30;

class RecordingFile {
 public:
  /// A new file in place of one that may be there. The error is a sentence that names the file.
  static std::expected<RecordingFile, std::string> create(const std::filesystem::path& file, Log log);
  ~RecordingFile();
  RecordingFile(RecordingFile&& other) noexcept;
  RecordingFile& operator=(RecordingFile&& other) = delete;

  /// At the end of the file. After an error, which goes to the log, does nothing.
  void append(ByteView bytes);

 private:
  RecordingFile(std::filesystem::path file, int descriptor, Log log);

  std::filesystem::path file_;
  int descriptor_;  // -1: nothing more is written
  Log log_;
};

/// As append() of a new file, for as long as somebody holds the result.
std::expected<symmetric::RecordingWriter::Sink, std::string> recording_sink(const std::filesystem::path& file,
                                                                            Log log);

/// All bytes of a file. The error is a sentence that names the file.
std::expected<Bytes, std::string> read_recording_bytes(const std::filesystem::path& file);

}  // namespace tutti
