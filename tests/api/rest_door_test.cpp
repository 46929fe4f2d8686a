// SPDX-License-Identifier: Apache-2.0
// What a message service does over /v1, with two real access points behind it; and what it is
// refused.
#include "doors.hpp"

#include <catch2/catch.hpp>

using doors::body_of;
using doors::Pair;

TEST_CASE("anybody may ask whether it is well, and what a problem means", "[api]")
{
    Pair pair;
    const auto health = pair.ask(pair.rest_a, Pair::request("", "GET", "/healthz"));
    CHECK(health.status == 200);
    CHECK(body_of(health).at("status").as_string() == "ok");
    const auto entry = pair.ask(pair.rest_a, Pair::request("", "GET", "/v1/errors/conflict"));
    CHECK(body_of(entry).at("status").as_int64() == 409);
}

TEST_CASE("an unknown client, path or method is refused before anything is read", "[api]")
{
    Pair pair;
    CHECK(pair.ask(pair.rest_a, Pair::request("", "GET", "/v1/messages")).status == 401);
    CHECK(pair.ask(pair.rest_a, Pair::request("mt-b", "GET", "/v1/messages")).status == 401);
    CHECK(pair.ask(pair.rest_a, Pair::request("mt-a", "GET", "/v2/messages")).status == 404);
    CHECK(pair.ask(pair.rest_a, Pair::request("mt-a", "GET", "/admin/status")).status == 404);
    const auto wrong = pair.ask(pair.rest_a, Pair::request("mt-a", "PUT", "/v1/messages", "x"));
    CHECK(wrong.status == 405);
    CHECK(wrong.headers.get("Allow") == "POST, GET, HEAD");
    CHECK_FALSE(wrong.close); // a little that is unread is read over: nobody need connect anew
}

TEST_CASE("a submission is taken, sent, and its receipt can be had", "[api]")
{
    Pair pair;
    const auto taken = pair.submit(pair.document());
    REQUIRE(taken.status == 202);
    const auto answer = body_of(taken);
    const std::string id(answer.at("id").as_string());
    CHECK(taken.headers.get("Location") == "/v1/messages/" + id);
    CHECK(answer.at("state").as_string() == "queued");
    CHECK_FALSE(answer.at("existed").as_bool());

    const auto message = pair.deliver(pair.document());
    REQUIRE(message.at("state").as_string() == "delivered");
    CHECK(message.at("attempts").as_array().size() == 1);
    CHECK(message.at("parts").as_array().size() == 1);
    CHECK(message.at("events").as_array().size() >= 2);
    const auto& signer = message.at("receipt").at("signer");
    CHECK(
        signer.at("sha256").as_string() ==
        base::hex(pair.exchange.b.identity.certificate().fingerprint())
    );
    CHECK(std::string(signer.at("subject").as_string()).find("AP0002-TEST") != std::string::npos);
    const auto receipt = pair.ask(
        pair.rest_a,
        Pair::request(
            "mt-a", "GET", "/v1/messages/" + std::string(message.at("id").as_string()) + "/receipt"
        )
    );
    CHECK(receipt.status == 200);
    CHECK(receipt.headers.get("Content-Type") == "application/soap+xml");
    CHECK(receipt.body.find("NonRepudiationInformation") != std::string::npos);
}

TEST_CASE("the same document again is the same message; another with its id is a conflict", "[api]")
{
    Pair pair;
    const auto id = base::uuid();
    const auto first = body_of(pair.submit(pair.document(id)));
    const auto again = pair.submit(pair.document(id));
    CHECK(again.status == 202);
    CHECK(body_of(again).at("existed").as_bool());
    CHECK(body_of(again).at("id") == first.at("id"));
    CHECK(body_of(again).at("message_id") == first.at("message_id"));
    const auto other =
        pair.submit(support::xhe(id, pair.a.participant, pair.b.participant, "<other/>"));
    CHECK(other.status == 409);
    CHECK(body_of(other).at("code").as_string() == "conflict");
}

TEST_CASE("a document that cannot be sent is refused with the reason", "[api]")
{
    Pair pair;
    struct Case {
        std::string document;
        std::string code;
        int status;
    };
    const auto& own = pair.a.participant;
    const std::vector<Case> cases{
        {"<a>", "not_well_formed", 400},
        {"<!DOCTYPE a><a/>", "doctype", 400},
        {"<?xml version='1.0' encoding='KOI8-R'?><a/>", "unsupported_encoding", 422},
        {"<?xml version='1.0' encoding='UTF-16'?><a/>", "wrong_encoding", 400},
        {"<a>\xE5</a>", "wrong_encoding", 400},
        {support::xhe("a  b", own, pair.b.participant), "bad_value", 422},
        {"<a/>", "not_xhe", 422},
        {support::xhe("", own, pair.b.participant), "incomplete_document", 422},
        {support::xhe(base::uuid(), pair.b.participant, own), "not_your_participant", 403},
        {support::xhe(base::uuid(), own, "0203:nobody.example"), "no_route", 422},
    };
    for (const auto& [document, code, status] : cases) {
        CAPTURE(document);
        const auto response = pair.submit(document);
        CHECK(response.status == status);
        CHECK(body_of(response).at("code").as_string() == code);
        CHECK_FALSE(response.close);
    }
    const auto typed = pair.ask(
        pair.rest_a,
        Pair::request("mt-a", "POST", "/v1/messages", pair.document(), "application/json")
    );
    CHECK(typed.status == 415);
    CHECK(
        pair.ask(pair.rest_a, Pair::request("mt-a", "POST", "/v1/messages", pair.document()))
            .status == 415
    );
    CHECK(
        pair.ask(
                pair.rest_a,
                Pair::request(
                    "mt-a", "POST", "/v1/messages", pair.document(), "text/xml; charset=utf-8"
                )
        )
            .status == 202
    );
}

TEST_CASE("what could never be encrypted is refused, what need not be is delivered", "[api]")
{
    support::Terms terms;
    terms.encryption = false;
    Pair pair(terms);
    const auto refused = pair.submit(pair.document());
    CHECK(refused.status == 500);
    CHECK(body_of(refused).at("code").as_string() == "configuration");

    terms.pmode.must_encrypt = false;
    Pair open(terms);
    CHECK(open.deliver(open.document()).at("state").as_string() == "delivered");
}

TEST_CASE("a document is not sent as gzip where the P-Mode has no compression", "[api]")
{
    support::Terms terms;
    terms.pmode.compress = false;
    Pair pair(terms);
    const auto refused = body_of(pair.submit(pair.document()));
    CHECK(refused.at("code").as_string() == "not_agreed");
    CHECK(std::string(refused.at("detail").as_string()).ends_with("submit it as a form"));
}

TEST_CASE("messages are listed by filter, page by page", "[api]")
{
    Pair pair;
    for (int i = 0; i < 3; ++i)
        pair.submit(pair.document());
    auto request = Pair::request("mt-a", "GET", "/v1/messages");
    request.queries = {{"limit", "2"}, {"direction", "outbound"}};
    const auto first = body_of(pair.ask(pair.rest_a, request));
    REQUIRE(first.at("items").as_array().size() == 2);
    const std::string next(first.at("next").as_string());
    CHECK(next.find("direction=outbound") != std::string::npos);
    request.queries["before"] =
        next.substr(next.find("before=") + 7, next.find('&') - next.find("before=") - 7);
    const auto second = body_of(pair.ask(pair.rest_a, request));
    CHECK(second.at("items").as_array().size() == 1);
    CHECK(second.at("next").is_null());

    request.queries = {{"limit", "3"}};
    const auto full = body_of(pair.ask(pair.rest_a, request));
    CHECK(full.at("items").as_array().size() == 3);
    CHECK(full.at("next").is_null()); // a full page, and nothing after it

    request.queries = {
        {"message_id", std::string(first.at("items").at(0).at("message_id").as_string())}
    };
    CHECK(body_of(pair.ask(pair.rest_a, request)).at("items").as_array().size() == 1);
    request.queries = {{"state", "bounced"}};
    CHECK(body_of(pair.ask(pair.rest_a, request)).at("items").as_array().empty());
}

TEST_CASE("a filter that cannot be meant is refused", "[api]")
{
    Pair pair;
    const auto [name, value, status] = GENERATE(table<std::string, std::string, int>({
        {"limit", "0", 400},
        {"limit", "501", 400},
        {"limit", "2x", 400},
        {"limit", "-1", 400},
        {"before", "0", 400},
        {"before", "18446744073709551615", 400},
        {"state", "lost", 400},
        {"direction", "up", 400},
        {"participant", "0203:ap0002-test.example", 404},
    }));
    CAPTURE(name, value);
    auto request = Pair::request("mt-a", "GET", "/v1/messages");
    request.queries = {{name, value}};
    CHECK(pair.ask(pair.rest_a, request).status == status);
}

TEST_CASE(
    "the inbox hands over the identical document, and is acknowledged more than once", "[api]"
)
{
    Pair pair;
    const auto document = pair.document();
    const auto sent = pair.deliver(document);
    const auto leased = pair.ask(
        pair.rest_b,
        Pair::request(
            "mt-b", "POST", "/v1/inbox/lease", R"({"max": 5, "seconds": 60})", "application/json"
        )
    );
    REQUIRE(leased.status == 200);
    const auto items = body_of(leased).at("items").as_array();
    REQUIRE(items.size() == 1);
    const auto& item = items[0];
    CHECK(item.at("message_id") == sent.at("message_id"));
    CHECK(item.at("delivery_count").as_int64() == 1);
    const auto path = "/v1/inbox/" + std::string(item.at("id").as_string());

    auto payload = pair.ask(pair.rest_b, Pair::request("mt-b", "GET", path + "/payload"));
    CHECK(payload.headers.get("Content-Type") == "text/xml");
    REQUIRE(payload.source);
    CHECK(payload.source->length() == document.size());
    CHECK(pair.octets(std::move(payload)) == document);

    const auto acknowledgement =
        R"({"lease": ")" + std::string(item.at("lease").as_string()) + R"("})";
    for (int times = 0; times < 2; ++times) {
        const auto done = pair.ask(
            pair.rest_b,
            Pair::request("mt-b", "POST", path + "/ack", acknowledgement, "application/json")
        );
        CHECK(done.status == 200);
        CHECK(body_of(done).at("state").as_string() == "acknowledged");
    }
    CHECK(body_of(pair.ask(pair.rest_b, Pair::request("mt-b", "POST", "/v1/inbox/lease")))
              .at("items")
              .as_array()
              .empty());
}

TEST_CASE("a stranger sees nothing of what is not its own", "[api]")
{
    Pair pair;
    pair.deliver(pair.document());
    const auto leased =
        body_of(pair.ask(pair.rest_b, Pair::request("mt-b", "POST", "/v1/inbox/lease")));
    const std::string id(leased.at("items").at(0).at("id").as_string());
    const auto acknowledgement =
        R"({"lease": ")" + std::string(leased.at("items").at(0).at("lease").as_string()) + R"("})";

    CHECK(body_of(pair.ask(pair.rest_b, Pair::request("stranger", "GET", "/v1/messages")))
              .at("items")
              .as_array()
              .empty());
    CHECK(body_of(pair.ask(pair.rest_b, Pair::request("stranger", "POST", "/v1/inbox/lease")))
              .at("items")
              .as_array()
              .empty());
    for (const auto& path :
         {"/v1/messages/" + id, "/v1/messages/" + id + "/receipt", "/v1/inbox/" + id + "/payload"})
        CHECK(pair.ask(pair.rest_b, Pair::request("stranger", "GET", path)).status == 404);
    CHECK(
        pair.ask(
                pair.rest_b, Pair::request(
                                 "stranger", "POST", "/v1/inbox/" + id + "/ack", acknowledgement,
                                 "application/json"
                             )
        )
            .status == 404
    );
}

TEST_CASE("an acknowledgement needs the lease, and bodies are what they should be", "[api]")
{
    Pair pair;
    pair.deliver(pair.document());
    const auto leased =
        body_of(pair.ask(pair.rest_b, Pair::request("mt-b", "POST", "/v1/inbox/lease")));
    const auto path =
        "/v1/inbox/" + std::string(leased.at("items").at(0).at("id").as_string()) + "/ack";
    const auto status = [&](const std::string& where, const std::string& body) {
        return pair
            .ask(
                pair.rest_b,
                Pair::request("mt-b", "POST", where, body, body.empty() ? "" : "application/json")
            )
            .status;
    };
    CHECK(status(path, R"({"lease": "another"})") == 409);
    CHECK(status(path, "") == 400);
    CHECK(status(path, R"({"lease": 1})") == 400);
    CHECK(status(path, R"({"lease": "x", "more": 1})") == 400);
    CHECK(status("/v1/inbox/" + base::uuid() + "/ack", R"({"lease": "x"})") == 404);
    CHECK(status("/v1/inbox/lease", R"({"max": 0})") == 400);
    CHECK(status("/v1/inbox/lease", R"({"max": 101})") == 400);
    CHECK(status("/v1/inbox/lease", R"({"seconds": 86401})") == 400);
    CHECK(status("/v1/inbox/lease", "{\"max\": " + std::string(20000, '1') + "}") == 413);
}

TEST_CASE("what was sent is no inbox item, and what has no receipt yet says so", "[api]")
{
    Pair pair;
    pair.a.network = [](support::HttpBody
                     ) -> boost::asio::awaitable<base::Result<http::ClientResponse>> {
        co_return base::Error(http::errc::cannot_connect);
    };
    const std::string id(body_of(pair.submit(pair.document())).at("id").as_string());
    CHECK(
        pair.ask(pair.rest_a, Pair::request("mt-a", "GET", "/v1/inbox/" + id + "/payload"))
            .status == 404
    );
    const auto receipt =
        pair.ask(pair.rest_a, Pair::request("mt-a", "GET", "/v1/messages/" + id + "/receipt"));
    CHECK(receipt.status == 404);
    CHECK(body_of(receipt).at("code").as_string() == "no_receipt");
    CHECK(pair.message(id).at("receipt").is_null());
}

TEST_CASE("a document above the limit is refused by its announced size", "[api]")
{
    Pair pair;
    msh::Settings settings;
    settings.submission_bytes = 1000;
    support::AccessPoint small(pair.io, pair.exchange.a, {}, settings);
    api::RestDoor door(small.msh(), {Pair::client("mt-a", small.participant)});
    const auto refused = pair.ask(
        door, Pair::request("mt-a", "POST", "/v1/messages", pair.document(), "application/xml")
    );
    CHECK(refused.status == 413);
    CHECK(body_of(refused).at("code").as_string() == "too_large");
    CHECK_FALSE(refused.close); // the server ends it if much is unread
}

TEST_CASE("a message type that is not agreed is refused at submission", "[api]")
{
    Pair pair;
    auto document = pair.document();
    document.replace(document.find("tm-base-ext-sigenc"), 18, "tm-base-ext-sigxxx");
    const auto refused = pair.submit(document);
    CHECK(refused.status == 422);
    CHECK(body_of(refused).at("code").as_string() == "not_agreed");
}
