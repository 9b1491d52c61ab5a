// Endpoints as Asio writes them, for TCP.
#pragma once

#include <algorithm>

#include <boost/asio/ip/tcp.hpp>

#include "tutti/net/endpoint.hpp"

namespace tutti {

inline Endpoint to_endpoint(const boost::asio::ip::tcp::endpoint& endpoint) {
  const auto address = endpoint.address();
  if (address.is_v4()) return Endpoint::v4(address.to_v4().to_uint(), endpoint.port());
  Endpoint result{.port = endpoint.port()};
  std::ranges::copy(address.to_v6().to_bytes(), result.address.begin());
  return result;
}

inline boost::asio::ip::tcp::endpoint to_tcp_endpoint(const Endpoint& endpoint) {
  namespace ip = boost::asio::ip;
  const ip::address_v6 v6(endpoint.address);
  if (endpoint.is_v4()) return {ip::make_address_v4(ip::v4_mapped, v6), endpoint.port};
  return {v6, endpoint.port};
}

}  // namespace tutti
