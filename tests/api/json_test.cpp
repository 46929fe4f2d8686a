// SPDX-License-Identifier: Apache-2.0
// Small JSON bodies: bounded, of the declared type, and without members nobody knows.
#include "api/json.hpp"

#include "support/access_point.hpp"

#include <boost/json/parse.hpp>

#include <catch2/catch.hpp>

namespace {

base::Result<api::json::object> read(const std::string& body, const std::string& type)
{
    boost::asio::io_context io{1};
    support::ScriptedRequest request("POST", "/", body, 100);
    if (!type.empty()) request.fields.set("Content-Type", type);
    return support::wait_for(io, api::read_object(request));
}

} // namespace

TEST_CASE("a JSON body is an object of declared type, or nothing at all", "[api]")
{
    CHECK(read("", "")->empty());
    CHECK(read(" \r\n", "application/json")->empty());
    CHECK(read("{\"max\": 3}", "Application/JSON; charset=utf-8")->size() == 1);
    CHECK(read("{\"max\": 3}", "").error().code == api::errc::unsupported_media_type);
    CHECK(read("{\"max\": 3}", "text/plain").error().code == api::errc::unsupported_media_type);
    CHECK(read("{\"max\": 3", "application/json").error().code == api::errc::bad_request);
    CHECK(read("[3]", "application/json").error().code == api::errc::bad_request);
    CHECK(read(std::string(1000, '['), "application/json").error().code == api::errc::bad_request);
}

TEST_CASE("a JSON body above its limit is refused before it is parsed", "[api]")
{
    const std::string padding(api::json_body_limit - 2, ' ');
    CHECK(read("{" + padding + "}", "application/json"));
    CHECK(read("{" + padding + " }", "application/json").error().code == api::errc::too_large);
}

TEST_CASE("numbers of a body have a range and a default", "[api]")
{
    const auto object =
        boost::json::parse(
            R"({"a": 5, "b": -1, "c": "5", "d": 1.5, "e": 5.0, "f": 18446744073709551615})"
        )
            .as_object();
    CHECK(api::number(object, "a", 1, 1, 10).value() == 5);
    CHECK(api::number(object, "absent", 7, 1, 10).value() == 7);
    for (const char* name : {"b", "c", "d", "e", "f"}) {
        CAPTURE(name);
        CHECK(api::number(object, name, 1, 1, 10).error().code == api::errc::bad_request);
    }
    CHECK_FALSE(api::number(object, "a", 1, 6, 10));
}

TEST_CASE("a misspelt member of a body does not pass unseen", "[api]")
{
    const auto object = boost::json::parse(R"({"lease": "x", "secnods": 3})").as_object();
    CHECK(api::only(object, {"lease", "secnods"}));
    CHECK(api::only(object, {"lease", "seconds"}).error().code == api::errc::bad_request);
    CHECK(api::text(object, "lease").value() == "x");
    CHECK_FALSE(api::text(object, "secnods"));
    CHECK_FALSE(api::text(object, "absent"));
}

TEST_CASE("whatever a peer's text was cut to, our JSON can be read", "[api][RFC 8259 8.1]")
{
    const auto told = [](const std::string& detail) {
        queue::Event event;
        event.detail = detail;
        const auto answer = api::json_response(200, api::to_json(event));
        const auto read_back = boost::json::parse(answer.body);
        return std::string(read_back.at("detail").as_string());
    };
    const std::string good =
        "a\xC3\xA5 \xE2\x82\xAC \xED\x9F\xBF \xF0\x9F\x98\x80 \xF4\x8F\xBF\xBF";
    CHECK(told(good) == good);
    CHECK(told("cut \xE2\x82") == "cut ??");
    CHECK(told("\xE2\x82x\xC3\xA5") == "??x\xC3\xA5");
    CHECK(
        told("\x80 \xC0\xAF \xE0\x80\xAF \xED\xA0\x80 \xF4\x90\x80\x80 \xFF") ==
        "? ?? ??? ??? ???? ?"
    );
}
