// SPDX-License-Identifier: Apache-2.0
// The presets hold what the networks' documents say.
#include "pmode/pmode.hpp"

#include "support/shared_data.hpp"

#include <catch2/catch.hpp>

TEST_CASE("the preset sdk has DIGG's values", "[pmode][DIGG TP-AS4 2.3.1]")
{
    const auto mode = pmode::preset("sdk");
    REQUIRE(mode);
    CHECK(mode->id == "sdk");
    CHECK_FALSE(mode->agreement);
    CHECK(mode->party_type == "urn:fdc:digg.se:edelivery:transportprofile:as4:partytype:ap");
    CHECK(
        mode->initiator_role ==
        "http://docs.oasis-open.org/ebxml-msg/ebms/v3.0/ns/core/200704/initiator"
    );
    CHECK(
        mode->responder_role ==
        "http://docs.oasis-open.org/ebxml-msg/ebms/v3.0/ns/core/200704/responder"
    );
    CHECK(mode->own_party_type == mode->party_type);
    CHECK(mode->minimum_strength == 2048);
    CHECK(mode->service_type == "urn:fdc:digg.se:edelivery:process");
    CHECK(mode->participant_scheme == "iso6523-actorid-upis");
    CHECK(mode->mpc == "http://docs.oasis-open.org/ebxml-msg/ebms/v3.0/ns/core/200704/defaultMPC");
    CHECK(mode->payload_content_id == "message");
    CHECK(mode->payload_mime_type == "text/xml");
    CHECK(mode->must_encrypt);
    CHECK(mode->algorithms.signature_token.front() == wss::TokenReference::bst_x509v3);
    CHECK(mode->algorithms.encryption_token.front() == wss::TokenReference::bst_x509v3);
    REQUIRE(mode->algorithms.signature.size() == 1);
    CHECK(
        mode->algorithms.signature.front() == "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
    );
    REQUIRE(mode->algorithms.digest.size() == 1);
    CHECK(mode->algorithms.digest.front() == "http://www.w3.org/2001/04/xmlenc#sha256");
    REQUIRE(mode->algorithms.content.size() == 1);
    CHECK(mode->algorithms.content.front() == "http://www.w3.org/2009/xmlenc11#aes128-gcm");
    REQUIRE(mode->algorithms.key_transport.size() == 1);
    CHECK(
        mode->algorithms.key_transport.front() ==
        wss::KeyTransport{
            "http://www.w3.org/2009/xmlenc11#rsa-oaep", {crypto::Hash::sha256, crypto::Hash::sha256}
        }
    );
}

TEST_CASE("the preset sdk agrees with DIGG's sample P-Mode", "[pmode][data]")
{
    const auto shared = support::shared_data("the preset sdk agrees with DIGG's sample P-Mode");
    if (!shared) return;
    const auto sample = base::read_file(*shared / "data/sdk/as4/domibus-p-mode-sdk.xml", 1 << 20);
    REQUIRE(sample);
    const pmode::PMode mode = *pmode::preset("sdk");
    for (const auto& list : {mode.services, mode.actions}) {
        for (const std::string& value : list)
            CHECK(sample->find("\"" + value + "\"") != std::string::npos);
    }
    for (const std::string& value :
         {mode.party_type, mode.initiator_role, mode.responder_role, *mode.service_type, mode.mpc,
          "cid:" + mode.payload_content_id, mode.payload_mime_type}) {
        INFO(value);
        CHECK(sample->find("\"" + value + "\"") != std::string::npos);
    }
}

TEST_CASE(
    "the preset edelivery is the common profile and leaves a network's values open", "[pmode]"
)
{
    const pmode::PMode mode = *pmode::preset("edelivery");
    const pmode::PMode sdk = *pmode::preset("sdk");
    CHECK(mode.initiator_role == sdk.initiator_role);
    CHECK(mode.responder_role == sdk.responder_role);
    CHECK(mode.mpc == sdk.mpc);
    CHECK_FALSE(mode.agreement);
    CHECK_FALSE(mode.service_type);
    CHECK((mode.services.empty() && mode.actions.empty()));
    CHECK((mode.party_type.empty() && mode.own_party_type.empty()));
    CHECK((mode.four_corner && mode.compress && mode.must_encrypt));
    CHECK(mode.receipt_reply == pmode::ReplyPattern::response);
}

TEST_CASE("old key transports are SHA-1's, and no preset takes them", "[pmode]")
{
    const auto old = pmode::old_key_transports();
    CHECK(old.size() == 4);
    for (const auto& transport : old) {
        CHECK(transport.oaep.mgf1 == crypto::Hash::sha1);
        for (const std::string& name : pmode::preset_names()) {
            const auto taken = pmode::preset(name)->algorithms.key_transport;
            CHECK(std::find(taken.begin(), taken.end(), transport) == taken.end());
        }
    }
}

TEST_CASE("every preset has a name, and an unknown name none", "[pmode]")
{
    REQUIRE_FALSE(pmode::preset_names().empty());
    for (const std::string& name : pmode::preset_names())
        CHECK(pmode::preset(name)->id == name);
    CHECK(pmode::preset("SDK").error().code == pmode::errc::unknown_preset);
    CHECK(pmode::preset("").error().code == pmode::errc::unknown_preset);
}
