// SPDX-License-Identifier: Apache-2.0
// Text forms of octets: the vectors of RFC 4648 and what must be refused.
#include "base/bytes.hpp"

#include "base/errors.hpp"

#include <catch2/catch.hpp>

using namespace base;

TEST_CASE("base64 writes and reads the vectors of RFC 4648", "[base][RFC 4648 10]")
{
    const auto [plain, encoded] = GENERATE(table<std::string, std::string>(
        {{"", ""},
         {"f", "Zg=="},
         {"fo", "Zm8="},
         {"foo", "Zm9v"},
         {"foob", "Zm9vYg=="},
         {"fooba", "Zm9vYmE="},
         {"foobar", "Zm9vYmFy"},
         {std::string("\0\xFF\xFE", 3), "AP/+"}}
    ));
    CHECK(base64(plain) == encoded);
    CHECK(from_base64(encoded).value() == plain);
}

TEST_CASE("base64 of every length comes back", "[base]")
{
    Bytes octets;
    for (int i = 0; i < 300; ++i) {
        CHECK(from_base64(base64(octets)).value() == octets);
        octets.push_back(static_cast<char>(i * 7));
    }
}

TEST_CASE("base64 may be broken into lines", "[base]")
{
    CHECK(from_base64("\r\n Zm9v\r\n\tYm Fy\n").value() == "foobar");
    CHECK(from_base64("Zg=\n=").value() == "f");
    CHECK(from_base64(" \n").value().empty());
}

TEST_CASE("broken base64 is refused", "[base]")
{
    const std::string text = GENERATE(
        "Z", "Zg", "Zg=", "Zg===", "Zm8==", "Zm9", "Zm9v=", "====", "=", "Zg==Zg==", "Zm9v!",
        "Zm-v", "Zm_v", "Zg==\v", "Zm9v\xC3\xA5"
    );
    CHECK(from_base64(text).error().code == errc::bad_format);
}

TEST_CASE("base64 with a NUL in it is refused", "[base]")
{
    CHECK(from_base64(std::string("Zm9v\0Zm9v", 9)).error().code == errc::bad_format);
}

TEST_CASE(
    "base64 whose unused bits are not zero is refused: no second text for the same octets", "[base]"
)
{
    CHECK(from_base64("Zh==").error().code == errc::bad_format);
    CHECK(from_base64("Zm9=").error().code == errc::bad_format);
}

TEST_CASE("hexadecimal is written in lower case and read in both", "[base]")
{
    CHECK(hex(std::string("\x00\x9f\xab", 3)) == "009fab");
    CHECK(from_hex("009FaB").value() == std::string("\x00\x9f\xab", 3));
    CHECK(from_hex("").value().empty());
}

TEST_CASE("broken hexadecimal is refused", "[base]")
{
    const std::string text = GENERATE("0", "0g", "g0", "0x", " 0", "00 ");
    CHECK(from_hex(text).error().code == errc::bad_format);
}

TEST_CASE("comparison in constant time tells equal from different", "[base]")
{
    CHECK(equal_constant_time("", ""));
    CHECK(equal_constant_time("abc", "abc"));
    CHECK_FALSE(equal_constant_time("abc", "abd"));
    CHECK_FALSE(equal_constant_time("abc", "bbc"));
    CHECK_FALSE(equal_constant_time("abc", "ab"));
    CHECK_FALSE(equal_constant_time(std::string("a\0b", 3), std::string("a\0c", 3)));
}

TEST_CASE("case is ignored for ASCII only", "[base]")
{
    CHECK(iequals("Content-ID", "content-id"));
    CHECK_FALSE(iequals("Content-ID", "content-i"));
    CHECK_FALSE(iequals("@", "`"));
    CHECK_FALSE(iequals("\xC3\x85", "\xC3\xA5"));
    CHECK(lower("AbZ\xC3\x85[") == "abz\xC3\x85[");
}

TEST_CASE("trim takes white space off both ends only", "[base]")
{
    CHECK(trim(" \t\r\na b\n ") == "a b");
    CHECK(trim(" \n").empty());
    CHECK(trim("").empty());
    CHECK(trim("\va") == "\va");
}

TEST_CASE("percent-decoding leaves broken escapes alone", "[base][RFC 3986 2.1]")
{
    CHECK(percent_decode("a%20b%C3%a5") == "a b\xC3\xA5");
    CHECK(percent_decode("%00") == std::string(1, '\0'));
    CHECK(percent_decode("100%") == "100%");
    CHECK(percent_decode("%4") == "%4");
    CHECK(percent_decode("%g1%1g") == "%g1%1g");
    CHECK(percent_decode("%2541") == "%41");
    CHECK(percent_decode("a%41") == "aA");
}

TEST_CASE(
    "percent-encoding keeps unreserved characters only, and decodes to the same",
    "[base][RFC 3986 2.3]"
)
{
    CHECK(percent_encode("0203:a/b c~-._9Z") == "0203%3Aa%2Fb%20c~-._9Z");
    std::string all;
    for (int octet = 0; octet < 256; ++octet)
        all.push_back(static_cast<char>(octet));
    CHECK(percent_decode(percent_encode(all)) == all);
}
