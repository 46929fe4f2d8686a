// SPDX-License-Identifier: Apache-2.0
// kurir ping: tests whether a peer answers a test message with a valid receipt. Exit 1 if not, for
// monitoring.
#include "kurir/commands.hpp"

#include "base/bytes.hpp"
#include "base/units.hpp"
#include "kurir/text.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <cstdio>

namespace kurir {

namespace {

// Parses a duration of 1 to 600 whole seconds, which is the range of the admin socket. Returns
// nothing for any other text.
std::optional<std::int64_t> seconds_of(const std::string& text)
{
    const auto time = base::parse_duration(text);
    if (!time || *time % std::chrono::seconds(1) != base::Duration(0)) return std::nullopt;
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(*time).count();
    if (seconds < 1 || seconds > 600) return std::nullopt;
    return seconds;
}

void tell(const json::object& pinged, bool receipted)
{
    std::vector<std::pair<std::string, std::string>> fields{
        {"Peer", text_of(pinged, "peer") + ", " + text_of(pinged, "endpoint")},
        {"Verdict", receipted ? "receipted" : "no receipt"},
        {"Took", text_of(pinged, "took_ms") + " ms"},
        {"HTTP status", text_of(pinged, "http_status")},
        {"TLS peer", text_of(pinged, "tls_peer")},
        {"ebMS error", text_of(pinged, "ebms_error")},
        {"Error", text_of(pinged, "error")},
        {"Who must act", text_of(pinged, "act")},
        {"Messages held", text_of(pinged, "held")},
        {"MessageId", text_of(pinged, "message_id")}
    };
    if (receipted) {
        const auto& receipt = pinged.at("receipt").as_object();
        fields.emplace_back("Receipt", text_of(receipt, "id"));
        if (const auto* signer = receipt.if_contains("signer"); signer && signer->is_object())
            fields.emplace_back("  signed by", text_of(signer->get_object(), "subject"));
        fields.emplace_back("  beside it", text_of(pinged, "remark"));
    }
    print_fields(fields);
}

} // namespace

int ping(AdminClient& admin, const Words& words)
{
    const auto seconds = seconds_of(words.option("--timeout").value_or("30s"));
    if (!seconds) {
        std::fputs("kurir: --timeout takes whole seconds up to 10 minutes, like 30s\n", stderr);
        return usage;
    }
    http::ClientRequest request;
    request.headers.set("Content-Type", "application/json");
    const json::object body{{"seconds", *seconds}};
    request.body = json::serialize(body);
    const auto& peer = words.arguments.front();
    const auto response =
        admin.send(std::move(request), "/admin/peers/" + base::percent_encode(peer) + "/ping");
    if (!response) return admin.exit_code();

    boost::system::error_code failure;
    const auto answer = json::parse(response->body, failure);
    if (failure || !answer.is_object()) {
        std::fputs("kurir: kurird's answer is not JSON\n", stderr);
        return failed;
    }
    const auto& pinged = answer.get_object();
    const auto* receipt = pinged.if_contains("receipt");
    const bool receipted = receipt && receipt->is_object();
    if (admin.form() == Form::json)
        print(pinged);
    else
        tell(pinged, receipted);
    return receipted ? ok : failed;
}

} // namespace kurir
