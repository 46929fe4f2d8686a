// SPDX-License-Identifier: Apache-2.0
// The command line of kurir-pki: what it takes and what it refuses.
#include "pki/arguments.hpp"

#include "base/errors.hpp"

#include <catch2/catch.hpp>

using Words = std::vector<std::string>;

TEST_CASE("every command reads its own options", "[pki]")
{
    const auto init = pki::parse_arguments({"init", "ca"});
    REQUIRE(init);
    CHECK(init->folder == "ca");
    const auto access_point = pki::parse_arguments(
        {"access-point", "ca", "AP 1", "--bits", "4096", "--out", "a", "--expired"}
    );
    REQUIRE(access_point);
    CHECK(access_point->name == "AP 1");
    CHECK(access_point->bits == 4096);
    CHECK(access_point->out == "a");
    CHECK(access_point->expired);
    const auto tls = pki::parse_arguments(
        {"tls", "--host", "127.0.0.1", "ca", "--host", "localhost", "a", "--out", "a", "--days", "7"
        }
    );
    REQUIRE(tls);
    CHECK(tls->hosts == Words{"127.0.0.1", "localhost"});
    CHECK(tls->days == 7);
    CHECK(pki::parse_arguments({"client", "ca", "x", "--out", "a"}));
}

TEST_CASE("help is given wherever it is asked for", "[pki]")
{
    const Words words =
        GENERATE(Words{"--help"}, Words{"tls", "--help"}, Words{"nonsense", "--help"});
    CHECK(pki::parse_arguments(words).value().help);
}

TEST_CASE("bad use is refused with words for a person", "[pki]")
{
    const Words words = GENERATE(
        Words{}, Words{"nonsense"}, Words{"init"}, Words{"init", "a", "b"}, Words{"init", ""},
        Words{"init", "a", "--out", "b"}, Words{"client", "ca", "x"},
        Words{"client", "ca", "--out", "a"}, Words{"client", "ca", "", "--out", "a"},
        Words{"client", "ca", std::string(65, 'x'), "--out", "a"},
        Words{"client", "ca", "x", "--out"}, Words{"client", "ca", "x", "--out", ""},
        Words{"client", "ca", "x", "--out", "a", "--host", "h"},
        Words{"client", "ca", "x", "--out", "a", "--days", "0"},
        Words{"client", "ca", "x", "--out", "a", "--days", "4000"},
        Words{"client", "ca", "x", "--out", "a", "--days", "7d"},
        Words{"access-point", "ca", "x", "--out", "a", "--bits", "1024"},
        Words{"access-point", "ca", "x", "y", "--out", "a"}, Words{"tls", "ca", "x", "--out", "a"},
        Words{"tls", "ca", "x", "--out", "a", "--host", "a,IP:1.2.3.4"},
        Words{"tls", "ca", "x", "--out", "a", "--host", ""},
        Words{"tls", "ca", "x", "--out", "a", "--host", "-a"}, Words{"tls", "ca", "x", "-v"}
    );
    const auto arguments = pki::parse_arguments(words);
    REQUIRE_FALSE(arguments);
    CHECK(arguments.error().code == base::errc::bad_format);
    CHECK_FALSE(arguments.error().detail.empty());
}
