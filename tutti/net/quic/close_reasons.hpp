// From the codes that QUIC and TLS close a connection with to reasons that a program and a person understand.
#pragma once

#include <cstdint>
#include <string_view>

#include "tutti/net/quic/ngtcp2_compat.hpp"
#include "tutti/net/transport.hpp"

namespace tutti {

/// The application's codes in CONNECTION_CLOSE.
inline constexpr std::uint64_t closed_by_application = 0;  ///< Channel::close()
inline constexpr std::uint64_t closed_for_violation = 1;   ///< the receiver of this sent something malformed

/// What the other side's closing packet means here. Its text is made harmless to print.
Closing interpret(const ngtcp2_compat::CloseError& received);

/// What a TLS alert (RFC 8446, 6) means that `whose` raised.
Closing interpret_alert(std::uint8_t alert, std::string_view whose);

}  // namespace tutti
