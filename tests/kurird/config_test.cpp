// SPDX-License-Identifier: Apache-2.0
// The configuration reader: every mistake is told with its file and line, and nothing is guessed.
#include "kurird/config.hpp"

#include <catch2/catch.hpp>

namespace {

const std::string minimal = R"([node]
party_id = "AP1"
key = "k.pem"
certificate = "/etc/c.pem"
[as4]
listen = "127.0.0.1:0"
[rest]
listen = "127.0.0.1:0"
)";

std::string mistake(const std::string& text)
{
    const auto config = kurird::parse(text, "/etc/kurir/kurir.toml");
    REQUIRE_FALSE(config);
    CHECK(config.error().code == base::errc::bad_format);
    return config.error().detail;
}

} // namespace

TEST_CASE("the least configuration has the defaults of the libraries", "[kurird]")
{
    const auto config = kurird::parse(minimal, "/etc/kurir/kurir.toml").value();
    CHECK(config.party_id == "AP1");
    CHECK(config.key == "/etc/kurir/k.pem"); // beside the file
    CHECK(config.certificate == "/etc/c.pem");
    CHECK(config.trust.empty());
    CHECK(config.msh.scheduling.slots == msh::SchedulerSettings().slots);
    CHECK(config.retry.first == pmode::Retry().first);
    CHECK(config.as4.tls);
    CHECK(config.as4.files.client == http::ClientCertificate::required);
    CHECK(config.rest.files.client == http::ClientCertificate::optional);
}

TEST_CASE("values are read with their units", "[kurird]")
{
    const auto config = kurird::parse(
                            minimal + R"(max_submission_size = "5MB"
tls_client = "none"
[send]
retry_delay = "30ms"
concurrency = 3
[receive]
max_part_size = "7KB"
[log]
level = "debug"
[[participant]]
id = "0203:a"
[[participant]]
id = "0203:b"
[[client]]
name = "mt"
participants = ["0203:a", "0203:b"]
scopes = ["read"]
token_file = "token"
[[peer]]
name = "b"
party_id = "AP2"
url = "https://b/as4"
certificates = ["b.pem", "/b2.pem"]
)",
                            "/etc/kurir/kurir.toml"
    )
                            .value();
    CHECK(config.msh.submission_bytes == 5u << 20);
    CHECK(config.rest.limits.body_bytes == 5u << 20);
    CHECK(config.rest.files.client == http::ClientCertificate::none);
    CHECK(config.retry.first == std::chrono::milliseconds(30));
    CHECK(config.msh.scheduling.slots == 3);
    CHECK(config.payload.compressed == 7u << 10);
    CHECK(config.log_level == base::Level::debug);
    CHECK(config.msh.participants == std::vector<std::string>{"0203:a", "0203:b"});
    CHECK(config.clients.at(0).scopes == std::vector<std::string>{"read"});
    CHECK(config.clients.at(0).token_file == "/etc/kurir/token");
    CHECK(
        config.peers.at(0).certificates == std::vector<base::Path>{"/etc/kurir/b.pem", "/b2.pem"}
    );
    CHECK(config.peers.at(0).pmode == "sdk");
}

TEST_CASE(
    "the rules of retries are read, and a P-Mode has those of [send] but for its own", "[kurird]"
)
{
    const auto config = kurird::parse(
                            minimal + R"([send]
retry = "constant"
retry_delay = "3m"
retry_jitter = 0
retry_max_attempts = 4
time_to_live = "12m"
[queue]
stuck_overdue = "2m"
stuck_unfetched = "3h"
[[pmode]]
id = "own"
retry_jitter = 0.5
retry_max_attempts = 0
)",
                            "f"
    )
                            .value();
    CHECK(config.retry.backoff == pmode::Backoff::constant);
    CHECK(config.retry.jitter == 0);
    CHECK(config.retry.attempts == 4);
    CHECK(pmode::attempts_of(config.retry) == 4);
    const auto& own = config.pmodes.at(0).mode.retry;
    CHECK(own.backoff == pmode::Backoff::constant);
    CHECK(own.jitter == 0.5);
    CHECK(own.attempts == 0);
    CHECK(own.first == std::chrono::minutes(3));
    CHECK(config.msh.stuck_overdue == std::chrono::minutes(2));
    CHECK(config.msh.stuck_unfetched == std::chrono::hours(3));
    for (const std::string wrong :
         {"retry = \"linear\"", "retry_jitter = 1.1", "retry_jitter = -0.1", "retry_jitter = nan",
          "retry_jitter = \"0.2\"", "retry_max_attempts = -1", "retry_max_attempts = 100001",
          "retry_max_attempts = 1.5"})
        CHECK(
            mistake(minimal + "[send]\n" + wrong + "\n").find(":10: send.retry") !=
            std::string::npos
        );
}

TEST_CASE("an unknown key or table is an error with its line", "[kurird]")
{
    CHECK(
        mistake(minimal + "[log]\nlevle = \"info\"\n") ==
        "/etc/kurir/kurir.toml:10: log.levle: unknown key"
    );
    CHECK(
        mistake(minimal + "\n[sned]\n").find("/etc/kurir/kurir.toml:10: sned: unknown table") == 0
    );
    CHECK(mistake("top = 1\n" + minimal) == "/etc/kurir/kurir.toml:1: top: unknown table");
    CHECK(
        mistake(
            minimal + "[[peer]]\nname = \"b\"\nparty_id = \"x\"\nurl = \"y\"\ncertificate = \"z\"\n"
        )
            .find(":13: peer.certificate: unknown key") != std::string::npos
    );
}

TEST_CASE("a value of the wrong kind is an error with its line", "[kurird]")
{
    const auto line = GENERATE(
        as<std::string>(), "tls = \"yes\"", "tls = 1", "max_connections = 0",
        "max_connections = 1.5", "max_connections = \"9\"", "max_connections = 65537",
        "request_timeout = 30", "request_timeout = \"30\"", "request_timeout = \"0s\"",
        "tls_client = \"maybe\"", "tls_min_version = \"1.1\"", "tls_key = 5",
        "max_submission_size = \"2 GB\"", "max_submission_size = \"0B\"", "inbox_lease = \"-1s\""
    );
    CAPTURE(line);
    CHECK(mistake(minimal + line + "\n").find("/etc/kurir/kurir.toml:9: rest.") == 0);
}

TEST_CASE("a list is a list of texts", "[kurird]")
{
    const auto value = GENERATE(as<std::string>(), "\"0203:a\"", "[1]", "[\"\"]", "[[\"a\"]]");
    CAPTURE(value);
    const auto text = minimal + "[[client]]\nname = \"mt\"\nparticipants = " + value + "\n";
    CHECK(mistake(text).find(":11: client.participants: must be a list") != std::string::npos);
}

TEST_CASE("what must be there and is not is named", "[kurird]")
{
    const auto all = mistake("");
    for (const char* key :
         {"node.party_id", "node.key", "node.certificate", "as4.listen", "rest.listen"})
        CHECK(all.find(std::string(key) + ": is missing") != std::string::npos);
    CHECK(
        mistake(minimal + "[[peer]]\nname = \"b\"\n").find("peer.url: is missing") !=
        std::string::npos
    );
    CHECK(
        mistake(minimal + "[[participant]]\n").find(":9: participant.id: is missing") !=
        std::string::npos
    );
}

TEST_CASE("the line of each table is kept for what is found wrong later", "[kurird]")
{
    const auto text = minimal + "[[peer]]\nname = \"b\"\nparty_id = \"x\"\nurl = \"y\"\n"
                                "[[client]]\nname = \"mt\"\nparticipants = []\n"
                                "[[participant]]\nid = \"0203:a\"\n";
    const auto config = kurird::parse(text, "kurir.toml");
    REQUIRE(config);
    CHECK(config->lines.at("[node]") == 1);
    CHECK(config->lines.at("[[peer]] b") == 9);
    CHECK(config->lines.at("[[client]] mt") == 13);
    CHECK(config->lines.at("[[participant]] 0203:a") == 16);
    CHECK_FALSE(config->lines.contains("[send]"));
}

TEST_CASE("all mistakes are told at once", "[kurird]")
{
    const auto all = mistake(minimal + "tls = 3\nconections = 4\n[log]\nlevel = \"all\"\n");
    CHECK(std::count(all.begin(), all.end(), '\n') == 2);
}

TEST_CASE("what is not TOML, or a table of the wrong form, is an error with its line", "[kurird]")
{
    CHECK(mistake(minimal + "a = \n").find("/etc/kurir/kurir.toml:9:") == 0);
    CHECK(mistake(minimal + "[peer]\nname = \"b\"\n").find("[[peer]]") != std::string::npos);
    CHECK(
        mistake("node = 3\n" + minimal.substr(minimal.find("[as4]")))
            .find("node: must be a table") != std::string::npos
    );
    CHECK(mistake(minimal + "listen = \"twice\"\n").find(":9:") != std::string::npos);
}

TEST_CASE("a file that is not there is an error", "[kurird]")
{
    CHECK(kurird::read_config("/nowhere/kurir.toml").error().code == base::errc::not_found);
}
