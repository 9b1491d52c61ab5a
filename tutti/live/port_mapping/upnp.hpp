// Port mappings by UPnP's Internet gateway device (WANIPConnection 1 and 2), with libminiupnpc. The router is
// searched for here, without anybody waiting, and only one at the address of the machine's own router is
// believed. What follows, HTTP and XML with that router, the library does; it blocks, so it runs on a thread
// of its own, which there is none of where no such router has answered.
#pragma once

#include <atomic>
#include <memory>

#include "tutti/live/port_mapping/port_mapping.hpp"
#include "tutti/live/port_mapping/router_question.hpp"
#include "tutti/live/worker.hpp"

namespace tutti {

class Upnp final : public PortMapper {
 public:
  Upnp(RealRuntime& runtime, OpenSocket open) : runtime_(runtime), open_(std::move(open)) {}
  ~Upnp() override { abandon(); }

  [[nodiscard]] std::string_view protocol() const override { return "UPnP"; }
  void ask(const Gateway& gateway, const PortMapping& wanted, Answered answered) override;
  void remove(const Gateway& gateway, const PortMapping& mapping) override;

 private:
  /// Makes that what is under way is not waited for.
  void abandon();
  void found(const std::string& location, const Gateway& gateway, const PortMapping& wanted,
             Answered answered);

  RealRuntime& runtime_;
  OpenSocket open_;
  std::unique_ptr<RouterQuestion> search_;
  std::string location_;  // where the router that has given a mapping describes itself
  /// Of the question under way; the job and its answer look here before they go on.
  std::shared_ptr<std::atomic<bool>> wanted_ = std::make_shared<std::atomic<bool>>(true);
  Worker worker_;  // goes first: its jobs post to the runtime
};

}  // namespace tutti
