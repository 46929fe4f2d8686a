// SPDX-License-Identifier: Apache-2.0
// The operator's door: sees everything, leases nothing.
#include "doors.hpp"

#include <catch2/catch.hpp>

using doors::body_of;
using doors::Pair;

TEST_CASE("the status tells who it is, what it has to do and whom it talks to", "[api]")
{
    Pair pair;
    pair.deliver(pair.document());
    const auto status = body_of(pair.ask(pair.admin_a, Pair::request("", "GET", "/admin/status")));
    CHECK(status.at("version").as_string() == "1.2.3");
    CHECK(status.at("party_id").as_string() == "AP0001-TEST");
    CHECK(status.at("counts").at("by_state").at("delivered").as_int64() == 1);
    CHECK(status.at("peers").at(0).at("party_id").as_string() == "AP0002-TEST");
    CHECK(pair.ask(pair.admin_a, Pair::request("", "GET", "/v1/messages")).status == 404);
    CHECK(pair.ask(pair.admin_a, Pair::request("", "DELETE", "/admin/messages")).status == 405);
    CHECK(pair.ask(pair.admin_a, Pair::request("", "POST", "/admin/status")).status == 405);
}

TEST_CASE(
    "the operator submits for any participant of this access point, and for no other", "[api]"
)
{
    Pair pair;
    const auto taken = pair.ask(
        pair.admin_a,
        Pair::request("", "POST", "/admin/messages", pair.document(), "application/xml")
    );
    REQUIRE(taken.status == 202);
    CHECK(taken.headers.get("Location")->starts_with("/admin/messages/"));
    const auto foreign = support::xhe(base::uuid(), "0203:nobody.example", pair.b.participant);
    const auto refused = pair.ask(
        pair.admin_a, Pair::request("", "POST", "/admin/messages", foreign, "application/xml")
    );
    CHECK(refused.status == 422);
    CHECK(body_of(refused).at("code").as_string() == "sender_not_served");
}

TEST_CASE("the operator looks at the inbox and into a message without taking it", "[api]")
{
    Pair pair;
    const auto document = pair.document();
    pair.deliver(document);
    for (int times = 0; times < 2; ++times) {
        const auto inbox =
            body_of(pair.ask(pair.admin_b, Pair::request("", "GET", "/admin/inbox")));
        REQUIRE(inbox.at("items").as_array().size() == 1);
        CHECK(inbox.at("items").at(0).at("state").as_string() == "received");
    }
    auto request = Pair::request("", "GET", "/admin/inbox");
    request.queries = {{"participant", "0203:nobody.example"}};
    CHECK(body_of(pair.ask(pair.admin_b, request)).at("items").as_array().empty());

    const auto inbox = body_of(pair.ask(pair.admin_b, Pair::request("", "GET", "/admin/inbox")));
    const auto path =
        "/admin/messages/" + std::string(inbox.at("items").at(0).at("id").as_string());
    const auto message = body_of(pair.ask(pair.admin_b, Pair::request("", "GET", path)));
    CHECK(
        message.at("message_signer").at("sha256").as_string() ==
        base::hex(pair.exchange.a.identity.certificate().fingerprint())
    );
    CHECK_FALSE(message.at("receipt").is_null());
    CHECK(
        pair.octets(pair.ask(pair.admin_b, Pair::request("", "GET", path + "/payloads/0"))) ==
        document
    );
    for (const char* none : {"1", "x", "-1", "0x", "18446744073709551616"})
        CHECK(
            pair.ask(pair.admin_b, Pair::request("", "GET", path + "/payloads/" + none)).status ==
            404
        );
}
