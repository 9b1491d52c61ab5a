#include "tutti/play/control.hpp"

#include <csignal>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/streambuf.hpp>
#include <unistd.h>

#include "tutti/runtime/real_runtime.hpp"

namespace tutti::play {

struct Control::Listener {
  explicit Listener(Control& its_control) : control(its_control) {}

  void read() {
    boost::asio::async_read_until(input, buffer, '\n',
                                  [this](const boost::system::error_code& error, std::size_t bytes) {
                                    if (error == boost::asio::error::operation_aborted) return;
                                    if (error) return control.add("quit");
                                    const auto* begin = static_cast<const char*>(buffer.data().data());
                                    control.add(std::string(begin, bytes - 1));
                                    buffer.consume(bytes);
                                    read();
                                  });
  }

  Control& control;
  boost::asio::io_context io{1};
  boost::asio::signal_set signals{io, SIGINT, SIGTERM};
  boost::asio::posix::stream_descriptor input{io};
  boost::asio::streambuf buffer{line_bytes_max};
};

Control::Control(bool standard_input) : listener_(std::make_unique<Listener>(*this)) {
  listener_->signals.async_wait([this](const boost::system::error_code& error, int) {
    if (!error) add("quit");
  });
  if (standard_input) {
    listener_->input.assign(::dup(STDIN_FILENO));
    listener_->read();
  }
  thread_ = std::thread([this] { listener_->io.run(); });
}

Control::~Control() {
  listener_->io.stop();
  thread_.join();
}

void Control::add(std::string command) {
  {
    const std::lock_guard lock(mutex_);
    commands_.push_back(std::move(command));
  }
  arrived_.notify_one();
}

std::optional<std::string> Control::next(TimePoint until) {
  std::unique_lock lock(mutex_);
  const auto wait = until - real_now();
  if (commands_.empty() && wait > Duration::zero())
    arrived_.wait_for(lock, wait, [this] { return !commands_.empty(); });
  if (commands_.empty()) return std::nullopt;
  auto command = std::move(commands_.front());
  commands_.pop_front();
  return command;
}

}  // namespace tutti::play
