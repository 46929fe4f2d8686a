// SPDX-License-Identifier: Apache-2.0
// A door in `kurir status`: numbers, and who holds places that others may need.
#include "kurir/door_line.hpp"

#include <boost/json/parse.hpp>

#include <catch2/catch.hpp>

namespace {

std::string line(bool full, bool address_at_share, bool certificate_at_share)
{
    const auto text = [](bool is) { return std::string(is ? "true" : "false"); };
    const auto door = R"({"name":"as4","connections":64,"limit":128,"full":)" + text(full) +
                      R"(,"busiest_address":{"who":"192.0.2.7","connections":60,"at_share":)" +
                      text(address_at_share) +
                      R"(},"busiest_certificate":{"who":"CN=F","connections":32,"at_share":)" +
                      text(certificate_at_share) + "}}";
    return kurir::door_line(boost::json::parse(door).as_object());
}

} // namespace

TEST_CASE("a door names who holds most if it is full, and who is at its share", "[kurir]")
{
    const std::string numbers = "64 of 128 connections";
    CHECK(line(false, false, false) == numbers);
    CHECK(
        line(true, false, false) ==
        numbers + ", FULL; most from 192.0.2.7: 60 (see as4.max_connections_per_address); most of "
                  "CN=F: 32 (see as4.max_connections_per_certificate)"
    );
    CHECK(
        line(false, true, false) ==
        numbers + "; at its share from 192.0.2.7: 60 (see as4.max_connections_per_address)"
    );
    CHECK(
        line(false, false, true) ==
        numbers + "; at its share of CN=F: 32 (see as4.max_connections_per_certificate)"
    );
}

TEST_CASE("a door without holders is a line of numbers", "[kurir]")
{
    const auto door = boost::json::parse(
        R"({"name":"rest","connections":0,"limit":128,"full":false,"busiest_address":null})"
    );
    CHECK(kurir::door_line(door.as_object()) == "0 of 128 connections");
}
