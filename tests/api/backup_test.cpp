// SPDX-License-Identifier: Apache-2.0
// The operator's backup at the admin door; and what retention took, at both.
#include "doors.hpp"

#include "support/temporary_folder.hpp"

#include <catch2/catch.hpp>

using doors::body_of;
using doors::Pair;
using doors::json::object;

namespace {

http::Response begin(Pair& pair, const std::string& body)
{
    auto request = Pair::request("", "POST", "/admin/backup", body, "application/json");
    return pair.ask(pair.admin_a, request);
}

} // namespace

TEST_CASE("the operator begins a backup and looks how it goes on", "[api]")
{
    Pair pair;
    const support::TemporaryFolder folder;
    const auto look = [&] {
        return body_of(pair.ask(pair.admin_a, Pair::request("", "GET", "/admin/backup")));
    };
    CHECK(look() == object{{"stage", "none"}});
    const auto to = (folder.path() / "backup").string();
    const auto begun = begin(pair, R"({"folder": ")" + to + R"("})");
    REQUIRE(begun.status == 202);
    CHECK(body_of(begun).at("stage").as_string() == "running");
    auto backup = look();
    for (int looks = 0; looks < 2000 && backup.at("stage").as_string() == "running"; ++looks) {
        pair.io.restart();
        pair.io.run_for(std::chrono::milliseconds(5));
        backup = look();
    }
    CHECK(backup.at("stage").as_string() == "done");
    CHECK(backup.at("folder").as_string() == to);
    CHECK(backup.at("messages").as_int64() == 0);
    CHECK(backup.at("linked").as_bool());
    CHECK_FALSE(backup.at("ended").is_null());
    CHECK(std::filesystem::exists(folder.path() / "backup" / "manifest"));
}

TEST_CASE("a backup needs one folder, named from the root", "[api]")
{
    Pair pair;
    for (const auto* body :
         {"{}", R"({"folder": "backup"})", R"({"folder": 1})", R"({"folder": "/x", "more": 1})",
          R"({"folder": "/x/"})"})
        CHECK(begin(pair, body).status == 400);
}

TEST_CASE("a payload that retention took is told as gone, and what it was", "[api]")
{
    Pair pair;
    pair.deliver(pair.document());
    const auto inbox = body_of(pair.ask(pair.admin_a, Pair::request("", "GET", "/admin/messages")));
    const auto path =
        "/admin/messages/" + std::string(inbox.at("items").at(0).at("id").as_string());
    const auto message = [&] {
        return body_of(pair.ask(pair.admin_a, Pair::request("", "GET", path)));
    };
    CHECK_FALSE(message().at("payload_gone").as_bool());

    queue::RetentionRules rules;
    rules.usual = {.payload = {}, .payload_failed = {}, .record = std::chrono::hours(1)};
    queue::RetentionCursor place;
    REQUIRE(pair.a.queue().retain(rules, base::now(), place)->payloads == 1);
    const auto asked = pair.ask(pair.admin_a, Pair::request("", "GET", path + "/payloads/0"));
    CHECK(asked.status == 410);
    CHECK(body_of(asked).at("code").as_string() == "payload_gone");
    CHECK(message().at("payload_gone").as_bool());
    CHECK(message().at("parts").at(0).at("size").as_int64() > 0);
    CHECK_FALSE(message().at("receipt").is_null());
}
