// SPDX-License-Identifier: Apache-2.0
// [[pmode]] tables that contradict themselves or the limits of this access point.
#include "kurird/load_pmodes.hpp"

#include "good_configuration.hpp"

#include <catch2/catch.hpp>

TEST_CASE("a peer has the P-Mode of its table, with its own services and actions", "[kurird]")
{
    Good good;
    good.use_own_pmode().mpc = "urn:mpc";
    good.config.peers[0].actions = {"urn:action"};
    const auto loaded = kurird::load(good.config, base::now());
    INFO(good.mistakes());
    REQUIRE(loaded);
    CHECK(loaded->warnings.empty());
    const auto& mode = loaded->pmodes.peers().at(0).pmode;
    CHECK(mode.id == "own");
    CHECK(mode.mpc == "urn:mpc");
    CHECK(mode.services == pmode::preset("sdk")->services);
    CHECK(mode.actions == std::vector<std::string>{"urn:action"});
}

TEST_CASE("a P-Mode that cannot work is refused with the reason", "[kurird]")
{
    Good good;
    auto& mode = good.use_own_pmode();
    auto& table = good.config.pmodes.back();
    std::string expected;
    SECTION("two of one id")
    {
        good.config.pmodes.push_back(table);
        expected = "is there twice";
    }
    SECTION("the name of a preset")
    {
        mode.id = "sdk";
        expected = "[[pmode]] sdk: id is the name of a preset";
    }
    SECTION("a Content-ID that no URL has")
    {
        mode.payload_content_id = "the message";
        expected = "payload_content_id \"the message\": letters, digits and";
    }
    SECTION("no Content-ID")
    {
        mode.payload_content_id.clear();
        expected = "payload_content_id \"\":";
    }
    SECTION("documents of no media type")
    {
        mode.payload_mime_type.clear();
        expected = "payload_mime_type: \"\" is no media type";
    }
    SECTION("a part without Content-ID")
    {
        mode.payload_profile = {{"", "", 0, false}, {"message", "", 0, true}};
        expected = "payload_profile: content_id  is empty, or has a space";
    }
    SECTION("a part of no media type")
    {
        mode.payload_profile = {{"message", "xml", 0, true}};
        expected = "payload_profile: part message: mime_type: \"xml\" is no media type";
    }
    SECTION("no id")
    {
        mode.id = "";
        expected = "id is empty";
    }
    SECTION("a preset that is none")
    {
        table.based_on = "peppol";
        expected = "based_on: peppol is no preset; there are sdk, edelivery";
    }
    SECTION("the type of an agreement that is not there")
    {
        table.agreement.type = "T1";
        expected = "agreement_type and agreement_pmode say something of agreement";
    }
    SECTION("the pmode attribute of an agreement that is not there")
    {
        table.agreement.pmode = "P1";
        expected = "agreement_type and agreement_pmode say something of agreement";
    }
    SECTION("an agreement without type that is no URI")
    {
        table.agreement.value = "A1";
        expected = "agreement without agreement_type must be a URI";
    }
    SECTION("no role")
    {
        mode.responder_role.clear();
        expected = "[[pmode]] own: responder_role is empty";
    }
    SECTION("no MPC")
    {
        mode.mpc.clear();
        expected = "[[pmode]] own: mpc is empty";
    }
    SECTION("a part whose Content-ID no MIME part has")
    {
        mode.payload_profile = {{"the message", "", 0, false}, {"message", "", 0, true}};
        expected = "payload_profile: content_id the message is empty, or has a space";
    }
    SECTION("a role with a space behind it, which no header keeps")
    {
        mode.initiator_role = "urn:role ";
        expected = "initiator_role has a space at its beginning or end";
    }
    SECTION("a party type with a control character")
    {
        mode.own_party_type = "urn:\n";
        expected = "own_party_type has a control character";
    }
    SECTION("an action that is too long")
    {
        mode.actions = {"urn:a", std::string(1025, 'a')};
        expected = "actions is longer than 1024 octets";
    }
    SECTION("a service that is empty")
    {
        mode.services = {""};
        expected = "services is empty";
    }
    SECTION("a service type with several spaces together")
    {
        mode.service_type = "a  b";
        expected = "service_type has a space at";
    }
    SECTION("an agreement with a line break")
    {
        table.agreement = {"urn:a\n", "t", ""};
        expected = "agreement has a control character";
    }
    SECTION("a participant scheme with a character of no XML")
    {
        mode.participant_scheme = "\xEF\xBF\xBF";
        expected = "participant_scheme has a character that XML cannot carry";
    }
    SECTION("a property without a name")
    {
        mode.properties = {{"", {}, true}};
        expected = "properties: name is empty";
    }
    SECTION("a service without type that is no URI")
    {
        mode.service_type = "";
        mode.services = {"urn:s", "s"};
        expected = "[[pmode]] own: service s without service_type is no URI";
    }
    SECTION("a property twice")
    {
        mode.properties = {{"p", {}, true}, {"p", {}, false}};
        expected = "properties: p is there twice";
    }
    SECTION("a part twice")
    {
        mode.payload_profile = {{"message", "", 0, true}, {"message", "", 0, false}};
        expected = "payload_profile: part message is there twice";
    }
    SECTION("a part larger than parts may be")
    {
        mode.limits.inflated = 1000;
        mode.payload_profile = {{"message", "", 1001, true}};
        expected =
            "payload_profile: part message may be larger than receive.max_inflated_part_size";
    }
    SECTION("a part larger than all parts")
    {
        mode.max_payload_total = 1000;
        mode.payload_profile = {{"message", "", 1001, true}};
        expected = "payload_profile: part message may be larger than max_payload_total";
    }
    SECTION("more parts than are taken")
    {
        mode.limits.parts = 1;
        mode.payload_profile = {{"message", "", 0, true}, {"a", "", 0, true}, {"b", "", 0, false}};
        expected = "payload_profile needs 2 parts, but max_parts allows 1";
    }
    SECTION("a strength that protects nothing")
    {
        mode.minimum_strength = 1024;
        expected = "minimum_strength below 2048";
    }
    SECTION("a Timestamp that expires on its way")
    {
        mode.timestamp.sent = true;
        mode.timestamp.lifetime = std::chrono::seconds(119);
        expected = "timestamp_lifetime is shorter than 2m";
    }
    SECTION("more signed forms than are kept")
    {
        mode.timestamp.sent = true;
        // Without jitter 1968 would do.
        mode.retry = {
            .backoff = pmode::Backoff::constant,
            .first = std::chrono::minutes(5),
            .jitter = 0.2,
            .time_to_live = std::chrono::hours(164)
        };
        expected = "send_timestamp: a message is signed again at its attempts, at most 2000 times";
    }
    SECTION("waits the wrong way round")
    {
        mode.retry.first = mode.retry.longest + std::chrono::seconds(1);
        expected = "[[pmode]] own: retry_delay is longer";
    }
    SECTION("a receipt that may come after the message expired")
    {
        mode.receipt_reply = pmode::ReplyPattern::callback;
        mode.receipt_timeout = mode.retry.time_to_live;
        expected = "receipt_timeout is not shorter than time_to_live";
    }
    CAPTURE(good.mistakes());
    REQUIRE_FALSE(expected.empty());
    CHECK(good.mistakes().find(expected) != std::string::npos);
}

TEST_CASE("what receive.clock_skew says holds under presets and tables alike", "[kurird]")
{
    Good good;
    good.use_own_pmode();
    good.config.clock_skew = std::chrono::seconds(90);
    kurird::Findings findings(good.config);
    const auto modes = kurird::load_pmodes(good.config, findings);
    CHECK(modes.at("sdk").timestamp.skew == std::chrono::seconds(90));
}

TEST_CASE("documents are not spoken of where there are no four corners", "[kurird]")
{
    Good good;
    auto& mode = good.use_own_pmode();
    mode.four_corner = false;
    mode.compress = false;
    good.config.peers[0].participants.clear();
    CHECK(good.mistakes().empty());
    CHECK(good.warnings().empty());
}

TEST_CASE("all mistakes of a P-Mode are told at once, with its line", "[kurird]")
{
    Good good;
    good.config.file = "kurir.toml";
    good.config.lines = {{"[[pmode]] own", 7}};
    auto& mode = good.use_own_pmode();
    mode.mpc.clear();
    mode.minimum_strength = 1024;
    good.config.pmodes.back().based_on = "peppol";
    const auto told = good.mistakes();
    CHECK(std::count(told.begin(), told.end(), '\n') == 2);
    CHECK(told.starts_with("kurir.toml:7: [[pmode]] own: based_on"));
}

TEST_CASE("a P-Mode that is strange but can work is a warning", "[kurird]")
{
    Good good;
    auto& mode = good.use_own_pmode();
    std::string expected;
    SECTION("used by nobody")
    {
        good.config.peers[0].pmode = "sdk";
        expected = "[[pmode]] own is used by no [[peer]]";
    }
    SECTION("callback receipts to a door that nobody outside reaches")
    {
        mode.receipt_reply = pmode::ReplyPattern::callback;
        expected = "[as4] listens on 127.0.0.1";
    }
    SECTION("documents that the payload profile does not have")
    {
        mode.payload_profile = {{"other", "", 0, true}};
        expected = "has no part message (payload_content_id): documents submitted as XHE are";
    }
    SECTION("documents that would be one part of several")
    {
        mode.payload_profile = {{"message", "", 0, true}, {"other", "", 0, true}};
        expected = "payload_profile requires the part other too: documents submitted as XHE are";
    }
    SECTION("documents of another type than the payload profile has")
    {
        mode.payload_profile = {{"message", "application/xml", 0, true}};
        expected = "has another type for message than payload_mime_type: documents submitted as";
    }
    SECTION("documents without a property that is required")
    {
        mode.properties = {{"originalSender", {}, true}, {"p", {}, true}};
        expected = "properties requires p, which they do not have: documents submitted as XHE are";
    }
    SECTION("documents that travel as gzip only")
    {
        mode.compress = false;
        expected = "compression is none, and they travel as gzip: documents submitted as XHE are";
    }
    SECTION("a service that each submission must bring a type for")
    {
        mode.service_type.reset();
        mode.services = {"urn:s", "invoice"};
        expected = "[[pmode]] own: service invoice is no URI and service_type is \"*\"";
    }
    SECTION("untyped party ids where no type is agreed")
    {
        mode.accept_untyped_party_ids = true;
        mode.party_type.clear();
        mode.own_party_type.clear();
        good.config.party_id = "urn:AP0001-TEST";
        auto& peer = good.config.peers.at(0);
        peer.party_id = "urn:b";
        peer.encryption_certificate = good.authority.identity("urn:b").certificate_file;
        good.config.certificate = good.authority.identity("urn:AP0001-TEST").certificate_file;
        good.config.key = good.authority.identity("urn:AP0001-TEST").key_file;
        expected = "[[pmode]] own: accept_untyped_party_ids changes nothing";
    }
    SECTION("a part that no form can bring")
    {
        mode.payload_profile = {{"m", "", 0, false}, {"a:b", "", 0, false}};
        mode.payload_content_id = "m";
        expected = "part a:b can be received and not be submitted";
    }
    SECTION("more attempts than there is time for")
    {
        mode.retry = {.attempts = 31};
        expected = "[[pmode]] own: of 31 retry_max_attempts only 30 fit into time_to_live, 1d";
    }
    REQUIRE_FALSE(expected.empty());
    const auto warnings = good.warnings();
    REQUIRE(warnings.size() == 1);
    CHECK(warnings[0].find(expected) != std::string::npos);
}

TEST_CASE("what is agreed with a peer is told in words", "[kurird]")
{
    Good good;
    auto& mode = good.use_own_pmode();
    const auto words = [&] { return kurird::describe(mode); };
    const auto says = [&](const std::string& text) {
        return words().find(text) != std::string::npos;
    };
    CHECK(says("P-Mode own:"));
    CHECK(says("agreement: none sent, any taken"));
    CHECK(says("services: bdx:noprocess (type urn:fdc:digg.se:edelivery:process)"));
    CHECK(says("originalSender and finalRecipient (required, type iso6523-actorid-upis)"));
    CHECK(says("payloads: any; at most 16; sent as gzip"));
    CHECK(says("by bst_x509v3, bst_pkipath, subject_key_identifier, issuer_serial"));
    CHECK(says("receipts: in the HTTP response"));
    CHECK(says(
        "retried: after 30s, doubling up to 1h, each wait up to 20 % shorter, given up after 1d, "
        "which is about 30 attempts"
    ));
    mode.retry = {
        .backoff = pmode::Backoff::constant,
        .first = std::chrono::minutes(3),
        .jitter = 0,
        .attempts = 4,
        .time_to_live = std::chrono::minutes(12)
    };
    CHECK(says("retried: every 3m, given up after 12m or 4 attempts"));
    CHECK_FALSE(says("SHA-1"));
    CHECK_FALSE(says("without a type"));
    mode.accept_untyped_party_ids = true;
    CHECK(says("partytype:ap; ids without a type are accepted as these"));

    mode.agreement = ebms::AgreementRef{"A1", "T1", "P1"};
    mode.own_party_type.clear();
    mode.service_type.reset();
    mode.services.clear();
    mode.four_corner = false;
    mode.properties = {{"p", "t", true}, {"q", {}, false}};
    mode.payload_profile = {{"message", "text/xml", 5 << 20, true}};
    mode.max_payload_total = 7 << 20;
    mode.compress = false;
    mode.must_encrypt = false;
    mode.algorithms.key_transport.push_back(pmode::old_key_transports().front());
    mode.minimum_strength = 3072;
    mode.receipt_reply = pmode::ReplyPattern::callback;
    CHECK(says("agreement: A1 (type T1, pmode P1)"));
    CHECK(says("ours no type"));
    CHECK(says("services: any (any type)"));
    CHECK(says("properties: p (required, type t), q (optional)"));
    CHECK(says("payloads: message (required, text/xml, up to 5MB); at most 16, together 7MB; sent "
               "uncompressed"));
    CHECK(says("encryption: none sent, none required"));
    CHECK(says("keys: 3072 bits or more, key transport with SHA-1 taken"));
    CHECK(says("receipts: in requests of their own, awaited for 5m"));
    CHECK(says("signed wsu:Timestamp: not required, none sent; clocks may differ by 5m"));
    mode.timestamp.required = mode.timestamp.sent = true;
    CHECK(says("signed wsu:Timestamp: required in messages from the peer, sent, valid for 5m"));

    mode = pmode::preset("sdk").value();
    mode.id = "own";
    const auto loaded = kurird::load(good.config, base::now());
    REQUIRE(loaded);
    CHECK(kurird::describe(good.config, *loaded).find("by P-Mode own:") != std::string::npos);
}
