// Port mappings by NAT-PMP (RFC 6886): the router's address is asked for, then a mapping.
#pragma once

#include <memory>

#include "tutti/live/port_mapping/nat_pmp_message.hpp"
#include "tutti/live/port_mapping/port_mapping.hpp"
#include "tutti/live/port_mapping/router_question.hpp"

namespace tutti {

class NatPmp final : public PortMapper {
 public:
  NatPmp(Runtime& runtime, OpenSocket open) : runtime_(runtime), open_(std::move(open)) {}

  [[nodiscard]] std::string_view protocol() const override { return "NAT-PMP"; }
  void ask(const Gateway& gateway, const PortMapping& wanted, Answered answered) override;
  void remove(const Gateway& gateway, const PortMapping& mapping) override;

 private:
  /// Puts a question whose answer is a `Response`, in place of the one before.
  template <typename Response>
  void put(const Gateway& gateway, Bytes question,
           std::move_only_function<void(std::expected<Response, std::string>)> answered);

  Runtime& runtime_;
  OpenSocket open_;
  std::unique_ptr<RouterQuestion> question_;
};

}  // namespace tutti
