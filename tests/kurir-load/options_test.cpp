// SPDX-License-Identifier: Apache-2.0
#include "kurir-load/options.hpp"

#include "support/temporary_folder.hpp"

#include <catch2/catch.hpp>

using kurir_load::read_options;
using Words = std::vector<std::string>;
using namespace std::chrono_literals;

namespace {

base::Result<kurir_load::Options> read(Words more)
{
    Words words = {"--document", "doc.xml", "--a-url", "https://a", "--b-url", "https://b"};
    words.insert(words.end(), more.begin(), more.end());
    return read_options(words);
}

} // namespace

TEST_CASE("a command line says who, what and how much", "[kurir-load]")
{
    const auto options = read(
        {"--rate", "250", "--seconds", "4", "--concurrency", "9", "--settle", "2m", "--size",
         "64KB", "--a-key", "k.pem", "--b-token-file", "t", "--ignore-backpressure", "--json"}
    );
    REQUIRE(options);
    CHECK(options->plan.schedule.total() == 1000u);
    CHECK(options->plan.concurrency == 9);
    CHECK(options->plan.settle == 2min);
    CHECK(options->plan.ignore_backpressure);
    CHECK(options->size == 64 * 1024);
    CHECK(options->to.url == "https://a");
    CHECK(options->to.tls.key == "k.pem");
    CHECK(options->from.token_file == "t");
    CHECK(options->json);
    CHECK_FALSE(options->null);
}

TEST_CASE("a number of messages replaces the time, and max the rate", "[kurir-load]")
{
    const auto options = read({"--rate", "max", "--messages", "300"});
    REQUIRE(options);
    CHECK_FALSE(options->plan.schedule.paced());
    CHECK(options->plan.schedule.total() == 300u);
    CHECK_FALSE(options->plan.schedule.end());
}

TEST_CASE("both doors are read from the file of the demo", "[kurir-load]")
{
    const support::TemporaryFolder folder;
    const auto file = folder.path() / "demo.json";
    REQUIRE(base::replace_file(file, R"({"a": {"rest_url": "https://one", "ca": "ca.pem",
        "client_certificate": "c.pem", "client_key": "k.pem", "admin_socket": "/s"},
        "b": {"rest_url": "https://two"}})"));
    const auto options = read_options({"--pair", file.string(), "--document", "doc.xml"});
    REQUIRE(options);
    CHECK(options->to.url == "https://one");
    CHECK(options->to.tls.certificate == "c.pem");
    CHECK(options->to.metrics == "unix:/s:/metrics");
    CHECK(options->from.url == "https://two");
}

TEST_CASE("what cannot be meant is refused with the word", "[kurir-load]")
{
    const auto words = GENERATE(
        Words{"--rat", "1"}, Words{"--rate"}, Words{"--rate", "0"}, Words{"--rate", "-1"},
        Words{"--rate", "nan"}, Words{"--rate", "1x"}, Words{"--messages", "0"},
        Words{"--concurrency", "0"}, Words{"--settle", "5"}, Words{"--size", "10"},
        Words{"--seconds", "0"}
    );
    const auto options = read(words);
    REQUIRE_FALSE(options);
    CHECK(options.error().detail.find(words.front()) != std::string::npos);
}

TEST_CASE("without a document or doors there is nothing to do", "[kurir-load]")
{
    CHECK_FALSE(read_options({"--null"}));
    CHECK_FALSE(read_options({"--document", "d"}));
    CHECK_FALSE(read_options({"--document", "d", "--a-url", "https://a"}));
    CHECK(read_options({"--document", "d", "--null"}));
}
