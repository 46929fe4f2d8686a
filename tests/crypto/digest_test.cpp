// SPDX-License-Identifier: Apache-2.0
// SHA-256 against FIPS 180's examples.
#include "crypto/digest.hpp"

#include <catch2/catch.hpp>

using namespace crypto;

TEST_CASE("SHA-256 gives the digests of FIPS 180", "[crypto][FIPS 180-4]")
{
    const auto [text, digest] = GENERATE(table<std::string, std::string>(
        {{"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
         {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
         {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
          "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
         {std::string(1'000'000, 'a'),
          "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"}}
    ));
    CHECK(base::hex(sha256(text)) == digest);
}

TEST_CASE("SHA-256 in pieces is SHA-256 of the whole", "[crypto]")
{
    const std::string text(1000, 'x');
    const std::size_t piece = GENERATE(1U, 63U, 64U, 65U, 999U, 1000U);
    Sha256 digest;
    for (std::size_t i = 0; i < text.size(); i += piece)
        digest.update(std::string_view(text).substr(i, piece));
    CHECK(digest.finish() == sha256(text));
}

TEST_CASE("a digest that was moved goes on", "[crypto]")
{
    Sha256 first;
    first.update("ab");
    Sha256 second(std::move(first));
    second.update("c");
    CHECK(second.finish() == sha256("abc"));
    CHECK(Sha256().finish() == sha256(""));
}
