// SPDX-License-Identifier: Apache-2.0
// A [[pmode]] table: its preset's values, its own on top, and nothing that could not work.
#include "kurird/config.hpp"

#include <catch2/catch.hpp>

namespace {

const std::string before = R"([node]
party_id = "AP1"
key = "k.pem"
certificate = "c.pem"
[as4]
listen = "127.0.0.1:0"
[rest]
listen = "127.0.0.1:0"
)";

kurird::Config read(const std::string& text)
{
    const auto config = kurird::parse(before + text, "kurir.toml");
    INFO((config ? "" : config.error().detail));
    REQUIRE(config);
    return *config;
}

pmode::PMode mode(const std::string& keys)
{
    return read("[[pmode]]\nid = \"own\"\n" + keys).pmodes.at(0).mode;
}

std::string mistake(const std::string& keys)
{
    const auto config = kurird::parse(before + "[[pmode]]\nid = \"own\"\n" + keys, "kurir.toml");
    REQUIRE_FALSE(config);
    return config.error().detail;
}

} // namespace

TEST_CASE("a [[pmode]] table has the values of its preset but where it says others", "[kurird]")
{
    const auto bare = mode("");
    const auto edelivery = pmode::preset("edelivery").value();
    CHECK(bare.id == "own");
    CHECK_FALSE(bare.accept_untyped_party_ids);
    CHECK(bare.mpc == edelivery.mpc);
    CHECK(bare.initiator_role == edelivery.initiator_role);
    CHECK_FALSE(bare.agreement);
    CHECK_FALSE(bare.service_type);
    CHECK(bare.algorithms.key_transport == edelivery.algorithms.key_transport);
    CHECK(bare.algorithms.signature_token == edelivery.algorithms.signature_token);
    CHECK(bare.algorithms.digest == edelivery.algorithms.digest);

    const auto sdk = mode("based_on = \"sdk\"\nactions = [\"a\"]\n");
    CHECK(sdk.party_type == pmode::preset("sdk")->party_type);
    CHECK(sdk.own_party_type == sdk.party_type);
    CHECK(sdk.services == pmode::preset("sdk")->services);
    CHECK(sdk.actions == std::vector<std::string>{"a"}); // instead of the preset's
}

TEST_CASE("every parameter of a P-Mode that can differ has a key", "[kurird]")
{
    const auto own = mode(R"(
agreement = "A1"
agreement_type = "T1"
agreement_pmode = "P1"
party_type = "urn:party"
own_party_type = "urn:own"
accept_untyped_party_ids = true
initiator_role = "urn:i"
responder_role = "urn:r"
services = ["s"]
service_type = ""
actions = ["a", "b"]
mpc = "urn:mpc"
four_corner = false
participant_scheme = "scheme"
properties = [{ name = "one", type = "t", required = false }, { name = "two" }]
payload_profile = [{ content_id = "m", mime_type = "text/xml", max_size = "5MB", required = false }, { content_id = "n" }]
max_payload_total = "7MB"
max_parts = 3
payload_content_id = "m"
payload_mime_type = "text/xml"
compression = "none"
encrypt = false
signature_token = ["issuer_serial", "bst_pkipath"]
encryption_token = ["subject_key_identifier"]
accept_old_key_transport = true
minimum_strength = 3072
require_timestamp = true
send_timestamp = true
timestamp_lifetime = "10m"
receipt_reply = "callback"
receipt_timeout = "1m"
retry_delay = "1s"
retry_max_delay = "2s"
time_to_live = "3s"
)");
    CHECK(own.agreement == ebms::AgreementRef{"A1", "T1", "P1"});
    CHECK(own.party_type == "urn:party");
    CHECK(own.own_party_type == "urn:own");
    CHECK(own.accept_untyped_party_ids);
    CHECK(own.initiator_role == "urn:i");
    CHECK(own.responder_role == "urn:r");
    CHECK(own.services == std::vector<std::string>{"s"});
    CHECK(own.service_type == "");
    CHECK(own.actions == std::vector<std::string>{"a", "b"});
    CHECK(own.mpc == "urn:mpc");
    CHECK_FALSE(own.four_corner);
    CHECK(own.participant_scheme == "scheme");
    REQUIRE(own.properties.size() == 2);
    CHECK((own.properties[0].name == "one" && own.properties[0].type == "t"));
    CHECK_FALSE(own.properties[0].required);
    CHECK((!own.properties[1].type && own.properties[1].required));
    REQUIRE(own.payload_profile.size() == 2);
    CHECK((own.payload_profile[0].content_id == "m" && own.payload_profile[0].max_size == 5 << 20));
    CHECK((own.payload_profile[0].mime_type == "text/xml" && !own.payload_profile[0].required));
    CHECK((own.payload_profile[1].max_size == 0 && own.payload_profile[1].required));
    CHECK(own.max_payload_total == 7 << 20);
    CHECK(own.limits.parts == 3);
    CHECK((own.payload_content_id == "m" && own.payload_mime_type == "text/xml"));
    CHECK_FALSE(own.compress);
    CHECK_FALSE(own.must_encrypt);
    using Form = wss::TokenReference;
    CHECK(own.algorithms.signature_token == std::vector{Form::issuer_serial, Form::bst_pkipath});
    CHECK(own.algorithms.encryption_token == std::vector{Form::subject_key_identifier});
    CHECK(own.algorithms.key_transport.size() == 1 + pmode::old_key_transports().size());
    CHECK(own.algorithms.key_transport.front() == wss::Algorithms().key_transport.front());
    CHECK(own.minimum_strength == 3072);
    CHECK((own.timestamp.required && own.timestamp.sent));
    CHECK(own.timestamp.lifetime == std::chrono::minutes(10));
    CHECK(own.receipt_reply == pmode::ReplyPattern::callback);
    CHECK(own.receipt_timeout == std::chrono::minutes(1));
    CHECK(own.retry.first == std::chrono::seconds(1));
    CHECK(own.retry.longest == std::chrono::seconds(2));
    CHECK(own.retry.time_to_live == std::chrono::seconds(3));
}

TEST_CASE("what a P-Mode does not say of retry and limits is as [send] and [receive]", "[kurird]")
{
    const auto config = read("[[pmode]]\nid = \"own\"\nretry_max_delay = \"9h\"\n"
                             "[send]\nretry_delay = \"7s\"\n"
                             "[receive]\nmax_parts = 5\nclock_skew = \"90s\"\n");
    CHECK(config.pmodes.front().mode.timestamp.skew == std::chrono::seconds(90));
    CHECK_FALSE(config.pmodes.front().mode.timestamp.required);
    CHECK_FALSE(config.pmodes.front().mode.timestamp.sent);
    const auto& own = config.pmodes.at(0).mode;
    CHECK(own.retry.first == std::chrono::seconds(7));
    CHECK(own.retry.longest == std::chrono::hours(9));
    CHECK(own.limits.parts == 5);
}

TEST_CASE("MIME has room for the parts that are allowed, and for the one before them", "[kurird]")
{
    const auto allowed = [](const std::string& toml) { return read(toml).msh.unpack.mime.parts; };
    CHECK(allowed("[receive]\nmax_parts = 5\n") == msh::Settings().unpack.mime.parts);
    CHECK(allowed("[receive]\nmax_parts = 150\n") == 151);
    CHECK(allowed("[[pmode]]\nid = \"own\"\nmax_parts = 150\n") == 151);
}

TEST_CASE("the type of our own party is the peer's unless the table says another", "[kurird]")
{
    CHECK(mode("party_type = \"urn:t\"\n").own_party_type == "urn:t");
}

TEST_CASE("a parameter with one value that works takes no other, and says why", "[kurird][TA11]")
{
    using Case = std::pair<std::string, std::string>;
    const auto [line, reason] = GENERATE(values<Case>({
        {"mep = \"http://docs.oasis-open.org/ebxml-msg/ebms/v3.0/ns/core/200704/twoWay\"",
         "only one-way"},
        {"mep_binding = \"http://docs.oasis-open.org/ebxml-msg/ebms/v3.0/ns/core/200704/pull\"",
         "pull and two-way exchanges are not done"},
        {"soap_version = \"1.1\"", "no other"},
        {"wss_version = \"1.0\"", "no other"},
        {"sign = false", "nothing unsigned"},
        {"send_receipt = false", "evidence"},
        {"non_repudiation = false", "[AS4 5.1.8]"},
        {"report_as_response = false", "HTTP response"},
        {"sender_errors_to = \"https://x/\"", "eDelivery AS4 does not use it"},
        {"receiver_errors_to = \"https://x/\"", "eDelivery AS4 does not use it"},
        {"process_error_notify_producer = false", "always sees"},
        {"delivery_failures_notify_producer = false", "always sees"},
        {"missing_receipt_notify_producer = false", "always sees"},
        {"duplicate_detection = false", "never delivered again"},
        {"hash_function = \"http://www.w3.org/2000/09/xmldsig#sha1\"", "must be one of http"},
        {"signature_algorithm = \"http://www.w3.org/2021/04/xmldsig-more#eddsa-ed25519\"",
         "must be one of http"},
        {"encryption_algorithm = \"http://www.w3.org/2001/04/xmlenc#aes128-cbc\"",
         "must be one of http"},
    }));
    CAPTURE(line);
    const auto told = mistake(line + "\n");
    CHECK(told.starts_with("kurir.toml:11: pmode." + line.substr(0, line.find(' ')) + ": must be"));
    CHECK(told.find(reason) != std::string::npos);
}

TEST_CASE("the older names of one-way and push are taken too", "[kurird]")
{
    CHECK_NOTHROW(mode("mep = \"http://www.oasis-open.org/committees/ebxml-msg/one-way\"\n"
                       "mep_binding = \"http://www.oasis-open.org/committees/ebxml-msg/push\"\n"));
}

TEST_CASE("a value of a [[pmode]] that is of the wrong kind is told with its line", "[kurird]")
{
    const auto line = GENERATE(
        as<std::string>(), "compression = \"zip\"", "receipt_reply = \"later\"",
        "signature_token = []", "signature_token = [\"bst\"]",
        "signature_token = [\"bst_x509v3\", \"bst_x509v3\"]", "minimum_strength = 0",
        "minimum_strength = 16385", "max_parts = 0", "max_payload_total = \"much\"", "encrypt = 1",
        "properties = \"name\"", "properties = [\"name\"]", "sign = \"true\"",
        "receipt_timeout = \"0s\""
    );
    CAPTURE(line);
    CHECK(mistake(line + "\n").starts_with("kurir.toml:11: pmode."));
}

TEST_CASE("rules are tables with keys of their own", "[kurird]")
{
    CHECK(
        mistake("properties = [{ type = \"t\" }]\n") ==
        "kurir.toml:11: pmode.properties.name: is missing"
    );
    CHECK(
        mistake("properties = [{ name = \"n\", typ = \"t\" }]\n") ==
        "kurir.toml:11: pmode.properties.typ: unknown key"
    );
    CHECK(
        mistake("payload_profile = [{ mime_type = \"t\" }]\n") ==
        "kurir.toml:11: pmode.payload_profile.content_id: is missing"
    );
    CHECK(mistake("retries = 3\n") == "kurir.toml:11: pmode.retries: unknown key");
}

TEST_CASE("the line of a [[pmode]] is kept for what is found wrong later", "[kurird]")
{
    const auto config = read("[[pmode]]\nid = \"own\"\n");
    CHECK(config.lines.at("[[pmode]] own") == 9);
    CHECK(config.pmodes.at(0).based_on == "edelivery");
}
