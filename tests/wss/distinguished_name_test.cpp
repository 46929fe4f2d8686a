// SPDX-License-Identifier: Apache-2.0
// One issuer name in the spellings of several products.
#include "wss/distinguished_name.hpp"

#include <catch2/catch.hpp>

#include <string>

TEST_CASE("The same name is recognised in the spellings of other products", "[wss]")
{
    CHECK(wss::same_name("CN=Peer Test CA,O=TEST ONLY,C=SE", "CN=Peer Test CA, O=TEST ONLY, C=SE"));
    CHECK(wss::same_name("cn=A,o=B", "CN = A , O = B "));
    CHECK(wss::same_name("CN=A\\,B", "CN=\"A,B\""));
    CHECK(wss::same_name("CN=A\\2CB", "CN=A\\,B"));
    CHECK(
        wss::same_name(
            "emailAddress=a@b.se,CN=A", "1.2.840.113549.1.9.1=#1606614062 2e7365,CN=A"
        ) == false
    );
    CHECK(wss::same_name("emailAddress=a@b.se,CN=A", "1.2.840.113549.1.9.1=#16066140622e7365,CN=A")
    );
    CHECK(wss::same_name("E=a@b.se,S=X", "OID.1.2.840.113549.1.9.1=a@b.se,ST=X"));
    CHECK(wss::same_name("2.5.4.97=SE-1,CN=A", "organizationIdentifier=#0c0453452d31,CN=A"));
    CHECK(wss::same_name("CN=A+SERIALNUMBER=1,C=SE", "CN=A+2.5.4.5=1,C=SE"));
    CHECK(wss::same_name("CN=\\C3\\85ngstr\\C3\\B6m", "CN=\xC3\x85ngstr\xC3\xB6m"));
}

TEST_CASE("Different names are told apart", "[wss][attack 22]")
{
    CHECK_FALSE(wss::same_name("CN=A,O=B", "O=B,CN=A"));
    CHECK_FALSE(wss::same_name("CN=A", "CN=A,O=B"));
    CHECK_FALSE(wss::same_name("CN=A", "CN=a"));
    CHECK_FALSE(wss::same_name("CN=A\\,O=B", "CN=A,O=B"));
    CHECK_FALSE(wss::same_name("CN=A+O=B", "CN=A,O=B"));
    CHECK_FALSE(wss::same_name("CN=A ", "CN=A\\ "));
    CHECK_FALSE(wss::same_name("CN=A\\01\\03O", "CN=A\\01,O"));
}

TEST_CASE("What is no name equals nothing, not even itself", "[wss]")
{
    for (const std::string text : {"", "A", "=A", "CN=A,", "CN=A,B", "CN=\"A", "CN=A\\", ","}) {
        INFO(text);
        CHECK_FALSE(wss::same_name(text, text));
    }
    const std::string endless = "CN=" + std::string(10'000, 'a');
    CHECK_FALSE(wss::same_name(endless, endless));
    CHECK(wss::same_name("CN=#0", "CN=#0")); // odd digits: kept as written
    CHECK(wss::same_name("CN=", "CN="));
}
