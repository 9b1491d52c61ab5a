// Port mappings by PCP (RFC 6887): one question, one answer.
#pragma once

#include <memory>

#include "tutti/live/port_mapping/pcp_message.hpp"
#include "tutti/live/port_mapping/port_mapping.hpp"
#include "tutti/live/port_mapping/router_question.hpp"

namespace tutti {

class Pcp final : public PortMapper {
 public:
  Pcp(Runtime& runtime, OpenSocket open);

  [[nodiscard]] std::string_view protocol() const override { return "PCP"; }
  void ask(const Gateway& gateway, const PortMapping& wanted, Answered answered) override;
  void remove(const Gateway& gateway, const PortMapping& mapping) override;

 private:
  [[nodiscard]] PcpMapRequest request(const Gateway& gateway, const PortMapping& wanted) const;

  Runtime& runtime_;
  OpenSocket open_;
  PcpNonce nonce_{};
  std::unique_ptr<RouterQuestion> question_;
};

}  // namespace tutti
