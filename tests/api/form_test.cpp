// SPDX-License-Identifier: Apache-2.0
// Submissions as forms, from the door of one access point to the inbox of the other.
#include "forms.hpp"

using namespace forms;

TEST_CASE(
    "several payloads arrive as they were handed in, in the order that was told",
    "[api][TA05][TA06][TA07][TA25][TA27][TA28][TA45]"
)
{
    Pair pair(terms());
    std::string binary(200'000, '\0');
    for (std::size_t i = 0; i < binary.size(); ++i)
        binary[i] = static_cast<char>(i * i >> 3);
    const auto message = described(pair, R"(,"payloads":[
        {"part":"lead","content_id":"lead@x","mime_type":"application/xml","character_set":"UTF-8"},
        {"part":"wide","mime_type":"text/xml","character_set":"UTF-16"},
        {"part":"picture","compress":false}, {"part":"plain","compress":false},
        {"part":"one"}, {"part":"none"}])");
    const std::string wide("\xfe\xff\0<\0a\0/\0>", 10);
    const auto item = arrive(
        pair, Form(message)
                  .add("none", "")
                  .add("picture", binary, "image/png")
                  .add("lead", "<a>h\xC3\xA4lsning</a>", "text/plain")
                  .add("one", "1")
                  .add("wide", wide)
                  .add("plain", "<a  b='1' />", "application/xml")
                  .end()
    );
    const auto& parts = item.at("parts").as_array();
    REQUIRE(parts.size() == 6);
    const char* const ids[] = {"lead@x", "wide", "picture", "plain", "one", "none"};
    for (std::size_t i = 0; i < 6; ++i)
        CHECK(parts[i].at("content_id").as_string() == ids[i]);
    CHECK(parts[0].at("mime_type").as_string() == "application/xml");
    CHECK(parts[0].at("character_set").as_string() == "UTF-8");
    CHECK(parts[1].at("character_set").as_string() == "UTF-16");
    CHECK(parts[2].at("mime_type").as_string() == "image/png");
    CHECK(parts[2].at("compressed").as_bool() == false);
    CHECK(parts[3].at("compressed").as_bool() == false);
    CHECK(parts[4].at("mime_type").as_string() == "application/octet-stream");
    CHECK(parts[4].at("compressed").as_bool() == true);
    CHECK(parts[0].at("properties").as_array().empty());
    CHECK(payload(pair, item, "0") == "<a>h\xC3\xA4lsning</a>");
    CHECK(payload(pair, item, "1") == wide);
    CHECK(payload(pair, item, "2") == binary);
    CHECK(payload(pair, item, "3") == "<a  b='1' />");
    CHECK(payload(pair, item, "4") == "1");
    CHECK(payload(pair, item, "5").empty());
}

TEST_CASE(
    "properties, conversation and reference arrive as they were told, with type and without",
    "[api][TA18][TA20][TA44]"
)
{
    Pair pair(terms());
    const auto message = described(pair, R"(,"conversation_id":"talk","ref_to_message_id":"r@x",
        "message_id":"mine@example","properties":[
        {"name":"trackingIdentifier","value":"t 1"},{"name":"k","value":"v","type":"urn:t"}],
        "payloads":[{"part":"p","properties":[{"name":"x","value":"y","type":"urn:z"},
        {"name":"u","value":"w"}]}])");
    const auto item = arrive(pair, Form(message).add("p", "x").end());
    CHECK(item.at("message_id").as_string() == "mine@example");
    CHECK(item.at("conversation_id").as_string() == "talk");
    CHECK(item.at("ref_to_message_id").as_string() == "r@x");
    CHECK(item.at("service").as_string() == "urn:s");
    CHECK(item.at("service_type").is_null());
    CHECK(item.at("agreement").is_null());
    const auto& properties = item.at("properties").as_array();
    REQUIRE(properties.size() == 4);
    CHECK(properties[0].at("name").as_string() == "originalSender");
    CHECK(properties[0].at("type").as_string() == "iso6523-actorid-upis");
    CHECK(properties[2].at("value").as_string() == "t 1");
    CHECK(properties[2].at("type").is_null());
    CHECK(properties[3].at("type").as_string() == "urn:t");
    const auto& of_part = item.at("parts").at(0).at("properties").as_array();
    REQUIRE(of_part.size() == 2);
    CHECK(of_part[0].at("type").as_string() == "urn:z");
    CHECK(of_part[1].at("type").is_null());

    // The sender sees the same.
    auto request = Pair::request("mt-a", "GET", "/v1/messages");
    const auto rows = body_of(pair.ask(pair.rest_a, request));
    const auto sent = pair.message(std::string(rows.at("items").at(0).at("id").as_string()));
    CHECK(sent.at("properties") == item.at("properties"));
    CHECK(sent.at("parts").at(0).at("properties") == item.at("parts").at(0).at("properties"));
}

TEST_CASE(
    "what is not told is made here: ids, fields in their order, a message without payload",
    "[api][TA05][TA18]"
)
{
    Pair pair(terms());
    const auto item = arrive(
        pair, Form(described(pair)).add("first", "1").add("second", "2", "text/plain").end()
    );
    CHECK_FALSE(item.at("conversation_id").as_string().empty());
    REQUIRE(item.at("parts").as_array().size() == 2);
    CHECK(item.at("parts").at(0).at("content_id").as_string() == "first");
    CHECK(item.at("parts").at(1).at("mime_type").as_string() == "text/plain");
    const auto bare = arrive(pair, Form(described(pair)).end());
    CHECK(bare.at("parts").as_array().empty());
}

TEST_CASE("without four corners the parties themselves send and receive", "[api]")
{
    Pair pair(terms(false));
    const auto message = R"({"peer":"ap0002-test","service":{"value":"urn:s"},"action":"urn:a"})";
    const auto item = arrive(pair, Form(message).add("p", "x").end(), "party");
    CHECK(item.at("sender").as_string() == support::party_a);
    CHECK(item.at("recipient").as_string() == support::party_b);
    CHECK(item.at("properties").as_array().empty());
    // Only a client that has the party among its participants.
    CHECK(code_of(post(pair, Form(message).end(), "mt-a")) == "not_your_participant");
    const auto mixed = post(pair, Form(described(pair)).end(), "mt-a");
    CHECK(code_of(mixed) == "bad_value");
    CHECK(
        pair.ask(
                pair.rest_a,
                Pair::request("mt-a", "POST", "/v1/messages", pair.document(), "application/xml")
        )
            .status == 422
    );
}

TEST_CASE("the same key and content get the first answer, other content is a conflict", "[api]")
{
    Pair pair(terms());
    const auto body = Form(described(pair)).add("p", "x").end();
    const auto first = post(pair, body, "mt-a", "\"key 1\"");
    REQUIRE(first.status == 202);
    const auto again = post(pair, body, "mt-a", "key 1");
    CHECK(again.status == 202);
    CHECK(body_of(again).at("id") == body_of(first).at("id"));
    CHECK(body_of(again).at("existed").as_bool());
    const auto other = Form(described(pair)).add("p", "y").end();
    CHECK(code_of(post(pair, other, "mt-a", "key 1")) == "conflict");
    const auto renamed = Form(described(pair, R"(,"conversation_id":"c")")).add("p", "x").end();
    CHECK(post(pair, renamed, "mt-a", "key 1").status == 409);
    // Without a key each is a message of its own.
    CHECK(body_of(post(pair, body)).at("id") != body_of(post(pair, body)).at("id"));
}

TEST_CASE("a chosen MessageId is a key, and belongs to one message only", "[api]")
{
    Pair pair(terms());
    const auto body = Form(described(pair, R"(,"message_id":"m@x")")).add("p", "x").end();
    const auto first = post(pair, body);
    CHECK(body_of(first).at("message_id").as_string() == "m@x");
    CHECK(body_of(post(pair, body)).at("existed").as_bool());
    const auto other = Form(described(pair, R"(,"message_id":"m@x")")).add("p", "y").end();
    CHECK(code_of(post(pair, other)) == "conflict");
    CHECK(code_of(post(pair, other, "mt-a", "another key")) == "conflict");
}

TEST_CASE(
    "a test message is receipted and never delivered, with a payload or without",
    "[api][TA16][TA17]"
)
{
    Pair pair;
    for (const bool with_payload : {false, true}) {
        auto message = described(pair);
        const std::string own = R"({"value":"urn:s"},"action":"urn:a")";
        message.replace(
            message.find(own), own.size(),
            R"({"value":")" + std::string(ebms::test_service) + R"("},"action":")" +
                std::string(ebms::test_action) + "\""
        );
        Form form(message);
        if (with_payload) form.add("p", "x");
        const auto taken = post(pair, form.end());
        INFO(taken.body);
        REQUIRE(taken.status == 202);
        const std::string id(body_of(taken).at("id").as_string());
        for (int turns = 0; turns < 2000; ++turns) {
            if (pair.message(id).at("state").as_string() == "delivered") break;
            pair.io.restart();
            pair.io.run_for(std::chrono::milliseconds(5));
        }
        CHECK(pair.message(id).at("state").as_string() == "delivered");
    }
    const auto lease = Pair::request("mt-b", "POST", "/v1/inbox/lease", "{}", "application/json");
    CHECK(body_of(pair.ask(pair.rest_b, lease)).at("items").as_array().empty());
    const auto list = body_of(pair.ask(pair.admin_b, Pair::request("", "GET", "/admin/messages")));
    REQUIRE(list.at("items").as_array().size() == 2);
    for (const auto& row : list.at("items").as_array()) {
        CHECK(row.at("state").as_string() == "answered");
        const auto path = "/admin/messages/" + std::string(row.at("id").as_string());
        const auto shown = body_of(pair.ask(pair.admin_b, Pair::request("", "GET", path)));
        CHECK(shown.at("parts").as_array().empty());
        CHECK_FALSE(shown.at("receipt").is_null());
    }
}
