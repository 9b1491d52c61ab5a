// Meeting on a real IRC server, ngIRCd, on this machine.
#include "tutti/live/bootstrap/irc.hpp"

#include <array>
#include <csignal>
#include <fstream>
#include <memory>
#include <string>

#include <arpa/inet.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tutti/base/temporary_folder.hpp"
#include "tutti/live/bootstrap/sessions_test_world.hpp"

namespace tutti {
namespace {

using namespace std::chrono_literals;

std::uint16_t free_port() {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  EXPECT_EQ(::bind(descriptor, reinterpret_cast<sockaddr*>(&address), size), 0);
  EXPECT_EQ(::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size), 0);
  ::close(descriptor);
  return ntohs(address.sin_port);
}

/// A certificate that nobody but itself vouches for, and its key, as files.
Digest make_certificate(const TemporaryFolder& folder) {
  gnutls_x509_privkey_t key = nullptr;
  gnutls_x509_crt_t certificate = nullptr;
  gnutls_x509_privkey_init(&key);
  gnutls_x509_crt_init(&certificate);
  gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0);
  gnutls_x509_crt_set_version(certificate, 3);
  const std::uint8_t serial = 1;
  gnutls_x509_crt_set_serial(certificate, &serial, 1);
  gnutls_x509_crt_set_activation_time(certificate, 1'000'000'000);
  gnutls_x509_crt_set_expiration_time(certificate, 4'000'000'000);
  gnutls_x509_crt_set_dn(certificate, "CN=localhost", nullptr);
  gnutls_x509_crt_set_key(certificate, key);
  EXPECT_EQ(gnutls_x509_crt_sign2(certificate, certificate, key, GNUTLS_DIG_SHA256, 0), 0);
  const auto write = [](const std::filesystem::path& file, const gnutls_datum_t& text) {
    std::ofstream(file).write(reinterpret_cast<const char*>(text.data), text.size);
    gnutls_free(text.data);
  };
  gnutls_datum_t text{};
  gnutls_x509_crt_export2(certificate, GNUTLS_X509_FMT_PEM, &text);
  write(folder / "certificate.pem", text);
  gnutls_x509_privkey_export2(key, GNUTLS_X509_FMT_PEM, &text);
  write(folder / "key.pem", text);
  gnutls_x509_crt_export2(certificate, GNUTLS_X509_FMT_DER, &text);
  const auto digest = sha256({text.data, text.size});
  gnutls_free(text.data);
  gnutls_x509_crt_deinit(certificate);
  gnutls_x509_privkey_deinit(key);
  return digest;
}

/// ngIRCd, for as long as the object lives.
class Server {
 public:
  Server() : port(free_port()), tls_port(free_port()), fingerprint(make_certificate(folder_)) { start(); }
  ~Server() { stop(); }

  void start() {
    std::ofstream(folder_ / "ngircd.conf") << fmt::format(
        "[Global]\nName = irc.test.local\nInfo = test\nListen = 127.0.0.1\nPorts = {}\n"
        "MotdPhrase = hello\n[Limits]\nMaxConnectionsIP = 0\nMaxNickLength = 9\n"
        "[Options]\nDNS = no\nIdent = no\nPAM = no\n"
        "[SSL]\nCertFile = {}\nKeyFile = {}\nPorts = {}\n",
        port, (folder_ / "certificate.pem").string(), (folder_ / "key.pem").string(), tls_port);
    auto file = (folder_ / "ngircd.conf").string();
    std::array<std::string, 4> words{TUTTI_NGIRCD, "--nodaemon", "--config", file};
    std::array<char*, 5> arguments{words[0].data(), words[1].data(), words[2].data(), words[3].data(),
                                   nullptr};
    std::array<char*, 1> environment{nullptr};
    posix_spawn_file_actions_t files;
    ::posix_spawn_file_actions_init(&files);
    ::posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, (folder_ / "log").c_str(),
                                       O_WRONLY | O_CREAT | O_APPEND, 0600);
    ::posix_spawn_file_actions_adddup2(&files, STDOUT_FILENO, STDERR_FILENO);
    ASSERT_EQ(::posix_spawn(&process_, TUTTI_NGIRCD, &files, nullptr, arguments.data(), environment.data()),
              0);
    ::posix_spawn_file_actions_destroy(&files);
  }
  void stop() {
    if (process_ == 0) return;
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
    process_ = 0;
  }
  [[nodiscard]] std::string said() const {
    std::ifstream in(folder_ / "log");
    return {std::istreambuf_iterator<char>(in), {}};
  }

 private:
  TemporaryFolder folder_;
  pid_t process_ = 0;

 public:
  std::uint16_t port;
  std::uint16_t tls_port;
  Digest fingerprint;
};

const IrcMeetingOptions quick{.reconnect = {.first = 50ms, .longest = 500ms},
                              .rejoin = {.first = 50ms, .longest = 500ms}};

class LiveIrc : public testing::Test {
 protected:
  [[nodiscard]] IrcPlace place(bool tls) const {
    return {.host = "127.0.0.1",
            .port = tls ? server_.tls_port : server_.port,
            .channel = "#tutti",
            .tls = tls,
            .fingerprint = tls ? std::optional(server_.fingerprint) : std::nullopt};
  }
  CounterSession open(const IrcPlace& place, const Ticket& ticket) {
    return open_counter({.bootstraps = {irc(place, quick)}, .ticket = ticket, .log = lines_.log()});
  }

  Server server_;
  Lines lines_;
  Ticket ticket_ = Ticket::generate();
};

TEST_F(LiveIrc, peers_of_a_session_meet_in_a_channel_and_others_are_left_alone) {
  const auto one = open(place(false), ticket_);
  const auto stranger = open(place(false), Ticket::generate());
  const auto other = open(place(false), ticket_);
  EXPECT_TRUE(wait_until([&] { return one->peer().link_count() == 1 && other->peer().link_count() == 1; }))
      << lines_.all() << server_.said();
  EXPECT_EQ(stranger->peer().link_count(), 0u);
}

TEST_F(LiveIrc, over_tls_the_server_is_the_one_with_the_fingerprint) {
  const auto one = open(place(true), ticket_);
  const auto other = open(place(true), ticket_);
  EXPECT_TRUE(wait_until([&] { return one->peer().link_count() == 1; })) << lines_.all() << server_.said();
}

TEST_F(LiveIrc, no_word_is_said_to_a_server_that_is_another_one) {
  auto wrong = place(true);
  wrong.fingerprint->front() ^= 1;
  auto unknown = place(true);
  unknown.fingerprint.reset();
  const auto one = open(wrong, ticket_);
  EXPECT_TRUE(wait_until([&] { return lines_.contain("another fingerprint"); })) << lines_.all();
  const auto other = open(unknown, ticket_);
  EXPECT_TRUE(wait_until([&] {
    return lines_.contain("certificate is refused") || lines_.contain("no certificates of authorities");
  })) << lines_.all();
  EXPECT_FALSE(lines_.contain("IRC: in #tutti"));
}

TEST_F(LiveIrc, a_server_that_went_away_is_found_again) {
  const auto one = open(place(false), ticket_);
  ASSERT_TRUE(wait_until([&] { return lines_.contain("IRC: in #tutti"); })) << lines_.all();
  server_.stop();
  ASSERT_TRUE(wait_until([&] { return lines_.contain("the connection is lost"); })) << lines_.all();
  const auto other = open(place(false), ticket_);
  server_.start();
  EXPECT_TRUE(wait_until([&] { return one->peer().link_count() == 1; })) << lines_.all() << server_.said();
}

}  // namespace
}  // namespace tutti
