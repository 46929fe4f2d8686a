// SPDX-License-Identifier: Apache-2.0
// Bodies that do not arrive whole or are encoded, and HEAD: the same at each path of a door.
#include "doors.hpp"

#include "api/routes.hpp"

#include <catch2/catch.hpp>

using doors::body_of;
using doors::Pair;

namespace {

struct Body {
    std::string path;
    std::string type;
};

const std::vector<Body> bodies{
    {"/v1/messages", "application/xml"},
    {"/v1/messages", "text/xml; charset=utf-8"},
    {"/v1/messages", "multipart/form-data; boundary=b"},
    {"/v1/inbox/lease", "application/json"},
    {"/v1/inbox/x/ack", "application/json"},
};

std::string code_of(const http::Response& response)
{
    return std::string(body_of(response).at("code").as_string());
}

} // namespace

TEST_CASE("a body that ends early is the caller's fault at each path that takes one", "[api]")
{
    Pair pair;
    for (const auto& [path, type] : bodies) {
        CAPTURE(path, type);
        auto request = Pair::request("mt-a", "POST", path, "", type);
        request.failure = base::Error(http::errc::closed, "after 5 of 500 octets of the body");
        const auto answer = pair.ask(pair.rest_a, request);
        CHECK(answer.status == 400);
        CHECK(code_of(answer) == "request_broken");
        const auto problem = body_of(answer);
        CHECK(problem.at("fault").as_string() == "caller");
        CHECK(problem.at("detail").as_string() == "after 5 of 500 octets of the body");
        CHECK_FALSE(answer.headers.get("Retry-After"));
        request.failure = base::Error(http::errc::timeout_before, "request body");
        CHECK(pair.ask(pair.rest_a, request).status == 408);
        request.failure = base::Error(base::errc::disk_full); // ours
        CHECK(pair.ask(pair.rest_a, request).status == 503);
    }
}

TEST_CASE("what ends early within a whole body is the caller's fault, too", "[api]")
{
    Pair pair;
    const auto document = pair.document();
    const auto xml = pair.submit(document.substr(0, document.size() / 2));
    CHECK(xml.status == 400);
    CHECK(code_of(xml) == "not_well_formed");
    for (const std::string form :
         {"--b\r\nContent-Disposition: form-data; name=message\r\n\r\n{}", "--b"}) {
        const auto answer = pair.ask(
            pair.rest_a,
            Pair::request("mt-a", "POST", "/v1/messages", form, "multipart/form-data; boundary=b")
        );
        CHECK(answer.status == 400);
        CHECK(code_of(answer) == "bad_form");
    }
    const auto json = pair.ask(
        pair.rest_a,
        Pair::request("mt-a", "POST", "/v1/inbox/lease", "{\"max\": ", "application/json")
    );
    CHECK(json.status == 400);
    CHECK(code_of(json) == "bad_request");
}

TEST_CASE("an encoded body is 415 at each path that takes one", "[api][RFC 9110 15.5.16]")
{
    Pair pair;
    const std::string coding = GENERATE("gzip", "x-gzip", "deflate, br", "zstd");
    for (const auto& [path, type] : bodies) {
        CAPTURE(path, type, coding);
        auto request = Pair::request("mt-a", "POST", path, "x", type);
        request.fields.set("Content-Encoding", coding);
        const auto answer = pair.ask(pair.rest_a, request);
        CHECK(answer.status == 415);
        CHECK(code_of(answer) == "unsupported_coding");
        CHECK(answer.headers.get("Accept-Encoding") == "identity");
        CHECK(body_of(answer).at("detail").as_string() == "Content-Encoding: " + coding);
    }
    auto request = Pair::request("", "POST", "/admin/messages", pair.document(), "application/xml");
    request.fields.set("Content-Encoding", coding);
    CHECK(code_of(pair.ask(pair.admin_a, request)) == "unsupported_coding");
    request.fields.set("Content-Encoding", "identity");
    CHECK(pair.ask(pair.admin_a, request).status == 202);
    // A coding of no body is nothing to refuse; a stranger hears that it is one first.
    auto read = Pair::request("mt-a", "GET", "/v1/messages");
    read.fields.set("Content-Encoding", coding);
    CHECK(pair.ask(pair.rest_a, read).status == 200);
    auto stranger = Pair::request("", "POST", "/v1/messages", "x", "application/xml");
    stranger.fields.set("Content-Encoding", coding);
    CHECK(pair.ask(pair.rest_a, stranger).status == 401);
}

TEST_CASE("HEAD is answered wherever GET is, by the same verb", "[api][RFC 9110 9.3.2]")
{
    Pair pair;
    api::MetricsDoor metrics(pair.a.msh(), {"1.2.3", base::Time{}});
    const auto message = pair.deliver(pair.document());
    const std::string id(message.at("id").as_string());
    const auto path_of = [&](std::string_view pattern) {
        std::string path(pattern);
        const std::vector<std::pair<std::string, std::string>> values{
            {"{id}", id}, {"{n}", "0"}, {"{code}", "conflict"}, {"{name}", "b"}
        };
        for (const auto& [what, value] : values)
            if (const auto at = path.find(what); at != std::string::npos)
                path.replace(at, what.size(), value);
        return path;
    };
    const auto check = [&](auto& door, std::span<const api::Route> routes) {
        int checked = 0;
        for (const auto& route : routes) {
            if (route.method != "GET") continue;
            CAPTURE(route.pattern);
            const auto path = path_of(route.pattern);
            const auto get = pair.ask(door, Pair::request("mt-a", "GET", path));
            const auto head = pair.ask(door, Pair::request("mt-a", "HEAD", path));
            CHECK(head.status == get.status);
            CHECK(head.headers.all() == get.headers.all());
            CHECK((head.source == nullptr) == (get.source == nullptr));
            CHECK(api::allowed(routes, path).find("GET, HEAD") != std::string::npos);
            ++checked;
        }
        return checked;
    };
    CHECK(check(pair.rest_a, api::rest_routes()) == 8);
    CHECK(check(pair.admin_a, api::admin_routes()) >= 10);
    CHECK(check(metrics, api::metrics_routes()) == 2);
    CHECK(pair.ask(pair.rest_a, Pair::request("mt-a", "HEAD", "/v1/inbox/lease")).status == 405);
    CHECK(pair.ask(pair.rest_a, Pair::request("", "HEAD", "/v1/messages")).status == 401);
}
