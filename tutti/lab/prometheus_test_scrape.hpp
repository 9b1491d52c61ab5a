// What Prometheus does, for tests.
#pragma once

#include <cstdint>
#include <string>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

namespace tutti::lab {

/// What a server on the loopback answers to a scrape; empty if it does not.
inline std::string scrape(std::uint16_t port) {
  boost::asio::io_context io;
  boost::asio::ip::tcp::socket socket(io);
  boost::system::error_code error;
  if (socket.connect({boost::asio::ip::address_v4::loopback(), port}, error)) return {};
  const std::string request = "GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
  boost::asio::write(socket, boost::asio::buffer(request), error);
  std::string answer;
  boost::asio::read(socket, boost::asio::dynamic_buffer(answer), error);  // to the end
  return answer;
}

}  // namespace tutti::lab
