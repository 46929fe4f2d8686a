// SPDX-License-Identifier: Apache-2.0
// The JSON of a form's first field: what is read of it, and which mistake is told how.
#include "api/description.hpp"

#include "api/errc.hpp"
#include "support/scripted_request.hpp"

#include <catch2/catch.hpp>

namespace {

base::Result<msh::Description> read(const std::string& json, const std::string& key = {})
{
    support::ScriptedRequest request("POST", "/v1/messages");
    if (!key.empty()) request.fields.set("Idempotency-Key", key);
    return api::read_description(json, request);
}

std::string mistake_of(const std::string& json, const std::string& key = {})
{
    const auto description = read(json, key);
    if (description) return "none";
    CHECK(description.error().code == api::errc::bad_request);
    return description.error().detail;
}

} // namespace

TEST_CASE("every value of a description is read", "[api][TA20][TA44][TA45]")
{
    const auto description = read(R"({
        "original_sender": {"id": "a", "scheme": "s"}, "final_recipient": {"id": "b"},
        "service": {"value": "v", "type": "t"}, "action": "x", "conversation_id": "c",
        "ref_to_message_id": "r@x", "message_id": "m@x", "idempotency_key": "k", "time_to_live": "90m",
        "properties": [{"name": "n", "value": "w", "type": "y"}, {"name": "o", "value": "z"}],
        "payloads": [{"part": "p", "content_id": "i", "mime_type": "text/xml",
                      "character_set": "UTF-8", "compress": false,
                      "properties": [{"name": "q", "value": "u"}]}, {"part": "r"}]})");
    REQUIRE(description);
    CHECK(description->original_sender.id == "a");
    CHECK(description->original_sender.scheme == "s");
    CHECK(description->final_recipient.id == "b");
    CHECK(description->service == ebms::Service{"v", "t"});
    CHECK(description->action == "x");
    CHECK(description->conversation_id == "c");
    CHECK(description->ref_to_message_id == "r@x");
    CHECK(description->message_id == "m@x");
    CHECK(description->idempotency_key == "k");
    CHECK(description->time_to_live == std::chrono::minutes(90));
    REQUIRE(description->properties.size() == 2);
    CHECK(description->properties[0].type == "y");
    CHECK(description->properties[1].type.empty());
    REQUIRE(description->payloads);
    REQUIRE(description->payloads->size() == 2);
    const auto& first = description->payloads->front();
    CHECK(first.part == "p");
    CHECK(first.content_id == "i");
    CHECK(first.mime_type == "text/xml");
    CHECK(first.character_set == "UTF-8");
    CHECK(first.compress == false);
    CHECK(first.properties.front().value == "u");
    CHECK_FALSE(description->payloads->back().compress);
}

TEST_CASE("without payloads every field is one, and an empty list means none", "[api]")
{
    CHECK_FALSE(read(R"({"peer": "x"})")->payloads);
    CHECK(read(R"({"peer": "x", "payloads": []})")->payloads->empty());
}

TEST_CASE("a mistake is told with the member it is in", "[api]")
{
    CHECK(mistake_of("{").find("not JSON") != std::string::npos);
    CHECK(mistake_of("[]") == "the description must be an object");
    CHECK(mistake_of(R"({"sender": "x"})") == "sender is not known here");
    CHECK(mistake_of(R"({"action": 1})") == "action must be a text that is not empty");
    CHECK(mistake_of(R"({"action": ""})") == "action must be a text that is not empty");
    CHECK(mistake_of(R"({"service": "v"})") == "service must be an object");
    CHECK(mistake_of(R"({"service": {"type": "t"}})") == "service.value is missing");
    CHECK(mistake_of(R"({"final_recipient": {}})") == "final_recipient.id is missing");
    CHECK(mistake_of(R"({"properties": {}})") == "properties must be an array");
    CHECK(mistake_of(R"({"properties": [{"name": "n"}]})") == "properties[0].value is missing");
    CHECK(mistake_of(R"({"payloads": [{"part": "p"}, {}]})") == "payloads[1].part is missing");
    CHECK(
        mistake_of(R"({"payloads": [{"part": "p", "compress": "no"}]})") ==
        "payloads[0].compress must be true or false"
    );
    CHECK(
        mistake_of(R"({"payloads": [{"part": "p", "properties": [{"nam": 1}]}]})") ==
        "payloads[0].properties[0].nam is not known here"
    );
}

TEST_CASE("JSON that is nested too deeply is refused", "[api]")
{
    const std::string deep(9, '[');
    CHECK(mistake_of(R"({"properties": )" + deep).find("not JSON") != std::string::npos);
    CHECK(mistake_of(R"({"properties": )" + deep).find("too deep") != std::string::npos);
}

TEST_CASE("a time to live is a duration, and not what makes two descriptions different", "[api]")
{
    for (const std::string wrong : {R"("2")", R"("0s")", R"("-1h")", "7200", R"("")"})
        CHECK(mistake_of(R"({"time_to_live": )" + wrong + "}").starts_with("time_to_live"));
    const auto plain = read(R"({"peer": "b"})");
    CHECK_FALSE(plain->time_to_live);
    CHECK(msh::digest(*plain) == msh::digest(*read(R"({"peer": "b", "time_to_live": "2h"})")));
}

TEST_CASE("the idempotency key comes in the header or in the description", "[api]")
{
    CHECK(read("{}", "\"a key\"")->idempotency_key == "a key");
    CHECK(read("{}", "plain")->idempotency_key == "plain");
    CHECK(read(R"({"idempotency_key": "k"})", "k")->idempotency_key == "k");
    CHECK(mistake_of(R"({"idempotency_key": "k"})", "other").find("differ") != std::string::npos);
    CHECK(mistake_of("{}", std::string(256, 'k')).find("255") != std::string::npos);
    CHECK(mistake_of(R"({"idempotency_key": "\u00e5"})").find("ASCII") != std::string::npos);
}
