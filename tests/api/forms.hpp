// SPDX-License-Identifier: Apache-2.0
// Forms as browsers and curl write them, posted at the door of one access point, and what arrives
// at the other.
#pragma once

#include "doors.hpp"

#include <catch2/catch.hpp>

#include <filesystem>

namespace forms {

namespace asio = boost::asio;
namespace json = boost::json;
using doors::body_of;
using doors::Pair;

// multipart/form-data as browsers and curl write it.
class Form {
public:
    explicit Form(const std::string& message) { add("message", message); }
    Form& add(const std::string& name, const std::string& octets, const std::string& type = {})
    {
        text_ += "--b\r\nContent-Disposition: form-data; name=\"" + name + "\"";
        if (!type.empty()) text_ += "; filename=\"x\"\r\nContent-Type: " + type;
        text_ += "\r\n\r\n" + octets + "\r\n";
        return *this;
    }
    std::string end() const { return text_ + "--b--\r\n"; }
    std::string open() const { return text_; }

private:
    std::string text_;
};

inline support::Terms terms(bool four_corner = true)
{
    support::Terms terms;
    terms.pmode.services.clear();
    terms.pmode.actions.clear();
    terms.pmode.service_type.reset();
    terms.pmode.four_corner = four_corner;
    return terms;
}

inline constexpr auto form_type = "multipart/form-data; boundary=b";

inline http::Response
post(Pair& pair, const std::string& body, const std::string& client = "mt-a", std::string key = {})
{
    auto request = Pair::request(client, "POST", "/v1/messages", body, form_type);
    if (!key.empty()) request.fields.set("Idempotency-Key", key);
    return pair.ask(pair.rest_a, request);
}

// The members that every description needs; `more` begins with a comma.
inline std::string described(const Pair& pair, const std::string& more = {})
{
    return R"({"original_sender":{"id":")" + pair.a.participant +
           R"("},"final_recipient":{"id":")" + pair.b.participant +
           R"("},"service":{"value":"urn:s"},"action":"urn:a")" + more + "}";
}

inline std::string code_of(const http::Response& response)
{
    return std::string(body_of(response).at("code").as_string());
}

inline std::string detail_of(const http::Response& response)
{
    return std::string(body_of(response).at("detail").as_string());
}

// Sends it and leases it at the other side: the item as its message service sees it.
inline json::object arrive(Pair& pair, const std::string& body, const std::string& party = "mt")
{
    const auto taken = post(pair, body, party + "-a");
    INFO(taken.body);
    REQUIRE(taken.status == 202);
    json::object leased;
    for (int turns = 0; turns < 2000; ++turns) {
        pair.io.restart();
        pair.io.run_for(std::chrono::milliseconds(5));
        auto request =
            Pair::request(party + "-b", "POST", "/v1/inbox/lease", "{}", "application/json");
        leased = body_of(pair.ask(pair.rest_b, request));
        if (!leased.at("items").as_array().empty()) break;
    }
    REQUIRE(leased.at("items").as_array().size() == 1);
    return leased.at("items").at(0).as_object();
}

inline std::string payload(Pair& pair, const json::object& item, const std::string& n)
{
    const auto path = "/v1/inbox/" + std::string(item.at("id").as_string()) + "/payloads/" + n;
    return pair.octets(pair.ask(pair.rest_b, Pair::request("mt-b", "GET", path)));
}

inline std::size_t files_in(const base::Path& folder)
{
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
        if (entry.is_regular_file()) ++count;
    return count;
}

} // namespace forms
