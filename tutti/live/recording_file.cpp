#include "tutti/live/recording_file.hpp"

#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "tutti/lab/text_file.hpp"

namespace tutti {

RecordingFile::RecordingFile(std::filesystem::path file, int descriptor, Log log)
    : file_(std::move(file)), descriptor_(descriptor), log_(std::move(log)) {}

RecordingFile::RecordingFile(RecordingFile&& other) noexcept
    : file_(std::move(other.file_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      log_(std::move(other.log_)) {}

RecordingFile::~RecordingFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

std::expected<RecordingFile, std::string> RecordingFile::create(const std::filesystem::path& file, Log log) {
  const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0644);
  if (descriptor < 0)
    return std::unexpected(fmt::format("'{}' cannot be written: {}", file.string(), std::strerror(errno)));
  return RecordingFile(file, descriptor, std::move(log));
}

void RecordingFile::append(ByteView bytes) {
  while (descriptor_ >= 0 && !bytes.empty()) {
    const auto written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written > 0) {
      bytes = bytes.subspan(static_cast<std::size_t>(written));
    } else if (written == 0 || errno != EINTR) {
      log_(LogLevel::error, "the recording '{}' ends here, the session goes on: {}", file_.string(),
           std::strerror(errno));
      ::close(std::exchange(descriptor_, -1));
    }
  }
}

std::expected<symmetric::RecordingWriter::Sink, std::string> recording_sink(const std::filesystem::path& file,
                                                                            Log log) {
  auto created = RecordingFile::create(file, std::move(log));
  if (!created) return std::unexpected(created.error());
  return [shared = std::make_shared<RecordingFile>(*std::move(created))](ByteView bytes) {
    shared->append(bytes);
  };
}

std::expected<Bytes, std::string> read_recording_bytes(const std::filesystem::path& file) {
  const auto text = lab::read_text(file, recording_file_bytes_max);
  if (!text) return std::unexpected(fmt::format("'{}': {}", file.string(), text.error()));
  return Bytes(text->begin(), text->end());
}

}  // namespace tutti
