// SPDX-License-Identifier: Apache-2.0
// Handlers for messages: submit, list, show, and send receipts and payloads.
#include "api/messages.hpp"

#include "api/description.hpp"
#include "api/handlers.hpp"
#include "api/json.hpp"
#include "base/log.hpp"

#include <charconv>

namespace api {

namespace {

base::Result<std::uint64_t> number(
    const http::Request& request, std::string_view name, std::uint64_t default_value,
    std::uint64_t min, std::uint64_t max
)
{
    const auto given = request.query(name);
    if (!given) return default_value;
    std::uint64_t value = 0;
    const auto [end, failure] =
        std::from_chars(given->data(), given->data() + given->size(), value);
    if (failure != std::errc() || end != given->data() + given->size() || value < min ||
        value > max)
        return base::Error(
            errc::bad_request, std::string(name) + " must be a whole number from " +
                                   std::to_string(min) + " to " + std::to_string(max)
        );
    return value;
}

// Returns the link to the next page: the same query, continued after the last row.
std::string next_page(const http::Request& request, std::uint64_t before)
{
    std::string link = request.path() + "?before=" + std::to_string(before);
    for (const std::string_view name :
         {"direction", "state", "participant", "message_id", "limit"}) {
        if (const auto value = request.query(name))
            link += "&" + std::string(name) + "=" + base::percent_encode(*value);
    }
    return link;
}

http::Response stream(msh::Payload payload)
{
    http::Response response;
    response.headers.set(
        "Content-Type", payload.mime_type.empty() ? "application/octet-stream" : payload.mime_type
    );
    response.source = std::move(payload.source);
    return response;
}

// Returns the number of the payload in the path; 0 if the path has none. errc::not_found: no
// number.
base::Result<std::size_t> part_of(const Call& call)
{
    if (call.part.empty()) return std::size_t{0};
    std::size_t n = 0;
    const auto* end = call.part.data() + call.part.size();
    const auto [stopped, failure] = std::from_chars(call.part.data(), end, n);
    if (failure != std::errc() || stopped != end)
        return base::Error(errc::not_found, "payloads are numbered from 0");
    return n;
}

// Answers a submission that is refused. A shortage is logged when it begins and when it ends
// (msh/admission.cpp), not for each refused request.
http::Response not_taken(Call& call, const base::Error& error)
{
    const auto code = code_of(error);
    const bool shortage = error.code.category() == msh::category() && problem(code).status == 503;
    if (!shortage)
        base::log(
            base::Level::info, "not_submitted",
            {{"client", call.caller.name},
             {"remote", call.request.remote()},
             {"error", error.text()}}
        );
    auto response = shortage ? problem_response(code) : problem_response(error);
    if (shortage)
        response.headers.set("Retry-After", std::to_string(call.msh.retry_after(error).count()));
    return response;
}

// Returns the time to live that the query sets for an XHE document. A form has its time to live in
// the description, so the query parameter is refused there.
base::Result<std::optional<base::Duration>> asked_time(const http::Request& request, bool form)
{
    const auto given = request.query("time_to_live");
    if (!given) return std::optional<base::Duration>();
    if (form)
        return base::Error(
            errc::bad_request, "time_to_live of a form belongs into its description"
        );
    const auto time = time_to_live(*given);
    if (!time) return time.error();
    return std::optional(*time);
}

// Answers a submission that is stored.
asio::awaitable<http::Response> taken(Call& call, const msh::Submitted& submitted)
{
    json::object body{
        {"id", submitted.id},
        {"message_id", submitted.message_id},
        {"state", "queued"},
        {"existed", submitted.existed}
    };
    if (submitted.existed) {
        const auto message = co_await call.msh.find(call.caller, submitted.id);
        if (!message) co_return problem_response(message.error());
        body["state"] = queue::to_text(message->summary.state);
    }
    auto response = json_response(202, body);
    response.headers.set("Location", call.request.path() + "/" + submitted.id);
    co_return response;
}

} // namespace

base::Result<queue::Filter> filter_of(const http::Request& request, const msh::Caller& caller)
{
    queue::Filter filter{.visibility = caller.visibility};
    if (const auto participant = request.query("participant")) {
        if (!caller.visibility.includes(*participant))
            return base::Error(errc::not_found, "the participant is not one of this client's");
        filter.visibility = queue::Visibility::of({*participant});
    }
    if (const auto direction = request.query("direction")) {
        if (*direction == "outbound")
            filter.direction = queue::Direction::outbound;
        else if (*direction == "inbound")
            filter.direction = queue::Direction::inbound;
        else
            return base::Error(errc::bad_request, "direction must be outbound or inbound");
    }
    if (const auto state = request.query("state")) {
        filter.state = queue::state_from_text(*state);
        if (!filter.state)
            return base::Error(errc::bad_request, "state is not one of the states of a message");
    }
    filter.message_id = request.query("message_id").value_or("");
    const auto before = number(request, "before", 0, 1, std::numeric_limits<std::int64_t>::max());
    if (!before) return before.error();
    filter.before = *before;
    const auto limit = number(request, "limit", filter.limit, 1, 500);
    if (!limit) return limit.error();
    filter.limit = static_cast<std::size_t>(*limit);
    return filter;
}

asio::awaitable<http::Response> page(Call& call, queue::Filter filter)
{
    const auto rows = co_await call.msh.list(filter);
    if (!rows) co_return problem_response(rows.error());
    json::array items;
    for (const auto& row : *rows)
        items.push_back(to_json(row));
    json::object body{{"items", std::move(items)}, {"next", nullptr}};
    if (rows->size() < filter.limit) co_return json_response(200, body);
    // A full page may still be the last one, so look for one older row.
    filter.before = rows->back().sequence;
    filter.limit = 1;
    const auto older = co_await call.msh.list(filter);
    if (!older) co_return problem_response(older.error());
    if (!older->empty()) body["next"] = next_page(call.request, filter.before);
    co_return json_response(200, body);
}

asio::awaitable<http::Response> submit(Call& call)
{
    const auto type = media_type(call.request);
    const bool form = type == "multipart/form-data";
    if (!form && type != "application/xml" && type != "text/xml")
        co_return problem_response(
            errc::unsupported_media_type,
            "application/xml, text/xml or multipart/form-data is taken here"
        );
    if (call.request.content_length().value_or(0) > call.msh.settings().submission_bytes)
        co_return problem_response(errc::too_large, "the body is larger than submissions may be");

    const msh::ReadDescription read = [&](base::BytesView octets) {
        return read_description(octets, call.request);
    };
    const auto time_to_live = asked_time(call.request, form);
    if (!time_to_live) co_return problem_response(time_to_live.error());
    auto work = form ? call.msh.submit_form(call.caller, call.request, read)
                     : call.msh.submit(call.caller, call.request, *time_to_live);
    const auto submitted = co_await std::move(work);
    if (!submitted) co_return not_taken(call, submitted.error());
    co_return co_await taken(call, *submitted);
}

asio::awaitable<http::Response> list_messages(Call& call)
{
    auto filter = filter_of(call.request, call.caller);
    if (!filter) co_return problem_response(filter.error());
    co_return co_await page(call, std::move(*filter));
}

asio::awaitable<http::Response> show_message(Call& call)
{
    const auto message = co_await call.msh.find(call.caller, call.id);
    if (!message) co_return problem_response(message.error());
    co_return json_response(200, to_json(*message));
}

asio::awaitable<http::Response> give_receipt(Call& call)
{
    const auto message = co_await call.msh.find(call.caller, call.id);
    if (!message) co_return problem_response(message.error());
    if (message->receipt.empty()) co_return problem_response(errc::no_receipt);
    co_return http::plain(200, "application/soap+xml", message->receipt);
}

asio::awaitable<http::Response> give_part(Call& call)
{
    const auto part = part_of(call);
    if (!part) co_return problem_response(part.error());
    auto payload = co_await call.msh.payload(call.caller, call.id, *part);
    if (!payload) co_return problem_response(payload.error());
    co_return stream(std::move(*payload));
}

} // namespace api
