// SPDX-License-Identifier: Apache-2.0
// Writes records as JSON and reads the small JSON bodies of requests. The size of a body is limited
// before the body is parsed.
#include "api/json.hpp"

#include "base/log_bounded.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>

namespace api {

namespace {

// Returns the number of octets of the UTF-8 character at the front of the text; 0 if there is no
// valid character. The second octet reveals overlong forms, surrogates and values beyond Unicode
// [RFC 3629 4].
std::size_t character_size(std::string_view text)
{
    const auto octet = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned first = octet(0);
    if (first < 0x80) return 1;
    if (first < 0xC2 || first > 0xF4) return 0;
    const std::size_t size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (text.size() < size) return 0;
    for (std::size_t i = 1; i < size; ++i)
        if ((octet(i) & 0xC0) != 0x80) return 0;
    const unsigned second = octet(1);
    const bool overlong = (first == 0xE0 && second < 0xA0) || (first == 0xF0 && second < 0x90);
    const bool beyond = (first == 0xED && second > 0x9F) || (first == 0xF4 && second > 0x8F);
    return overlong || beyond ? 0 : size;
}

// Replaces every octet that belongs to no valid character with "?".
std::string utf8(std::string text)
{
    for (std::size_t i = 0; i < text.size();) {
        const auto size = character_size(std::string_view(text).substr(i));
        if (size == 0) text[i] = '?';
        i += std::max<std::size_t>(size, 1);
    }
    return text;
}

json::value optional_text(const std::string& text)
{
    if (text.empty()) return nullptr;
    return json::string(text);
}

json::value optional_time(const std::optional<base::Time>& time)
{
    if (!time) return nullptr;
    return json::string(base::to_text(*time));
}

// Describes the signer's certificate, for people (subject) and for proof (fingerprint). Null if no
// readable certificate is recorded.
json::value signer(const base::Bytes& der)
{
    if (der.empty()) return nullptr;
    const auto certificate = crypto::Certificate::from_der(der);
    if (!certificate) return nullptr;
    return json::object{
        {"subject", certificate->subject()},
        {"issuer", certificate->issuer()},
        {"sha256", base::hex(certificate->fingerprint())},
        {"not_after", base::to_text(certificate->not_after())}
    };
}

void add_header(json::object& into, const queue::Header& header)
{
    into["message_id"] = header.message_id;
    into["conversation_id"] = header.conversation_id;
    into["sender"] = header.sender;
    into["recipient"] = header.recipient;
    into["from_party"] = header.from_party;
    into["to_party"] = header.to_party;
    into["service"] = header.service;
    into["action"] = header.action;
    into["peer"] = optional_text(header.peer);
}

template <class Record> json::array array_of(const std::vector<Record>& records)
{
    json::array items;
    for (const auto& record : records)
        items.push_back(to_json(record));
    return items;
}

// Omits MimeType, CharacterSet and CompressionType of a part, which are members of the part
// already.
json::array properties_of(const std::vector<ebms::Property>& properties, bool of_part)
{
    json::array items;
    for (const auto& property : properties) {
        const bool told = property.name == "MimeType" || property.name == "CharacterSet" ||
                          property.name == "CompressionType";
        if (of_part && told) continue;
        items.push_back(json::object{
            {"name", property.name},
            {"value", property.value},
            {"type", optional_text(property.type)}
        });
    }
    return items;
}

json::value agreement_of(const ebms::UserMessage& message)
{
    if (!message.agreement) return nullptr;
    return json::object{
        {"value", message.agreement->value},
        {"type", optional_text(message.agreement->type)},
        {"pmode", optional_text(message.agreement->pmode)}
    };
}

// Adds the header values that lists do not show. `message` and `parts` both have PartInfo order
// [TA45].
void add_user_message(
    json::object& into, const std::optional<ebms::UserMessage>& message,
    const std::vector<queue::Part>& parts
)
{
    const ebms::UserMessage header = message.value_or(ebms::UserMessage());
    into["service_type"] = optional_text(header.service.type);
    into["ref_to_message_id"] = optional_text(header.info.ref_to_message_id);
    into["agreement"] = agreement_of(header);
    into["properties"] = properties_of(header.properties, false);
    json::array items;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        auto item = to_json(parts[i]);
        item["properties"] = i < header.parts.size()
                                 ? properties_of(header.parts[i].properties, true)
                                 : json::array();
        items.push_back(std::move(item));
    }
    into["parts"] = std::move(items);
}

} // namespace

json::object to_json(const Problem& entry)
{
    return {
        {"type", "/v1/errors/" + std::string(entry.code)},
        {"title", entry.title},
        {"status", entry.status},
        {"code", entry.code},
        {"retryable", entry.retry_after > 0},
        {"fault", to_text(entry.fault)},
        {"action", entry.action}
    };
}

json::object to_json(const queue::Part& part)
{
    return {
        {"content_id", part.content_id},
        {"mime_type", part.mime_type},
        {"character_set", optional_text(part.character_set)},
        {"size", part.plain_size},
        {"compressed", part.compressed},
        {"transfer_size", part.stored_size},
        {"transfer_sha256", base::hex(part.sha256)}
    };
}

json::object to_json(const queue::Attempt& attempt)
{
    return {
        {"started", base::to_text(attempt.started)},
        {"took_ms", attempt.took.count()},
        {"endpoint", attempt.endpoint},
        {"tls_peer", optional_text(attempt.tls_peer)},
        {"http_status",
         attempt.http_status == 0 ? json::value(nullptr) : json::value(attempt.http_status)},
        {"error", optional_text(attempt.error)},
        {"ebms_error", optional_text(attempt.ebms_error)},
        {"bytes", attempt.bytes}
    };
}

json::object to_json(const queue::Event& event)
{
    return {
        {"sequence", event.sequence},
        {"at", base::to_text(event.at)},
        {"name", event.name},
        {"detail", optional_text(event.detail)}
    };
}

json::object to_json(const queue::Summary& summary)
{
    json::object object{
        {"id", summary.id},
        {"direction", queue::to_text(summary.direction)},
        {"state", queue::to_text(summary.state)}
    };
    add_header(object, summary.header);
    object["created"] = base::to_text(summary.created);
    object["changed"] = base::to_text(summary.changed);
    object["next_try"] = optional_time(summary.next_try);
    object["attempt_count"] = summary.attempts;
    object["last_error"] = optional_text(summary.last_error);
    return object;
}

json::object to_json(const msh::Message& message)
{
    auto object = to_json(message.summary);
    const bool outbound = message.summary.direction == queue::Direction::outbound;
    object["expires"] =
        outbound ? json::value(base::to_text(message.expires)) : json::value(nullptr);
    add_user_message(object, message.user_message, message.parts);
    object["payload_gone"] = message.payload_gone && !message.parts.empty();
    object["attempts"] = array_of(message.attempts);
    object["events"] = array_of(message.events);
    object["receipt"] = nullptr;
    // For an inbound message, receipt_signer is the signer of the message. This access point signed
    // the receipt.
    if (!message.receipt.empty())
        object["receipt"] = json::object{
            {"id", message.receipt_id},
            {"signer", outbound ? signer(message.receipt_signer) : json::value(nullptr)}
        };
    object["message_signer"] = outbound ? json::value(nullptr) : signer(message.receipt_signer);
    return object;
}

json::object to_json(const msh::InboxItem& item)
{
    json::object object{{"id", item.id}};
    add_header(object, item.header);
    object["received"] = base::to_text(item.received);
    object["lease"] = item.lease;
    object["lease_until"] = base::to_text(item.lease_until);
    object["delivery_count"] = item.delivery_count;
    add_user_message(object, item.user_message, item.parts);
    return object;
}

json::object to_json(const msh::Pinged& pinged)
{
    auto object = to_json(pinged.attempt);
    object["message_id"] = pinged.message_id;
    object["act"] = optional_text(pinged.act);
    object["receipt"] = nullptr;
    if (pinged.receipted)
        object["receipt"] =
            json::object{{"id", pinged.receipt_id}, {"signer", signer(pinged.receipt_signer)}};
    object["remark"] = optional_text(pinged.remark);
    object["held"] = optional_text(pinged.held);
    return object;
}

json::object to_json(const queue::Counts& counts)
{
    json::object by_state;
    for (const auto& [state, count] : counts.by_state)
        by_state[queue::to_text(state)] = count;
    return {{"by_state", by_state}, {"oldest_waiting", optional_time(counts.oldest_waiting)}};
}

json::object to_json(const pmode::Peer& peer)
{
    json::array participants;
    for (const auto& participant : peer.participants)
        participants.emplace_back(participant);
    json::object object{
        {"name", peer.name},      {"party_id", peer.party_id},    {"url", peer.url},
        {"pmode", peer.pmode.id}, {"participants", participants}, {"encryption_expires", nullptr}
    };
    if (peer.encryption) object["encryption_expires"] = base::to_text(peer.encryption->not_after());
    return object;
}

http::Response json_response(int status, const json::object& body)
{
    // A peer's text may have been cut inside a UTF-8 character. JSON readers refuse the rest of
    // such a character.
    return http::plain(status, "application/json", utf8(json::serialize(body)) + "\n");
}

namespace {

void log_broken(const http::Request& request, const base::Error& error)
{
    base::log_bounded(
        base::Level::info, "request_broken",
        {{"remote", request.remote()}, {"path", request.path()}, {"reason", error.text()}}
    );
}

} // namespace

asio::awaitable<base::Result<json::object>> read_object(http::Request& request)
{
    const bool declared = request.headers().get("Content-Type").has_value();
    const base::Error wrong_type(errc::unsupported_media_type, "application/json is taken here");
    if (declared && media_type(request) != "application/json") co_return wrong_type;

    base::Bytes body;
    while (true) {
        const auto piece = co_await request.read();
        if (!piece) {
            log_broken(request, piece.error());
            co_return piece.error();
        }
        if (!piece->has_value()) break;
        if (body.size() + (*piece)->size() > json_body_limit)
            co_return base::Error(errc::too_large, "a JSON body of at most 16 KB is taken here");
        body += **piece;
    }
    if (base::trim(body).empty()) co_return json::object();
    if (!declared) co_return wrong_type;

    boost::system::error_code failure;
    auto value = json::parse(body, failure);
    if (failure) co_return base::Error(errc::bad_request, "the body is not JSON");
    if (!value.is_object())
        co_return base::Error(errc::bad_request, "the body is not a JSON object");
    co_return std::move(value.get_object());
}

base::Result<std::uint64_t> number(
    const json::object& object, std::string_view name, std::uint64_t default_value,
    std::uint64_t min, std::uint64_t max
)
{
    const auto* value = object.if_contains(name);
    if (!value) return default_value;
    boost::system::error_code failure;
    const auto count = value->to_number<std::uint64_t>(failure);
    if (failure || !(value->is_int64() || value->is_uint64()) || count < min || count > max)
        return base::Error(
            errc::bad_request, std::string(name) + " must be a whole number from " +
                                   std::to_string(min) + " to " + std::to_string(max)
        );
    return count;
}

base::Result<std::string> text(const json::object& object, std::string_view name)
{
    const auto* value = object.if_contains(name);
    if (!value || !value->is_string() || value->get_string().empty())
        return base::Error(errc::bad_request, std::string(name) + " must be a text");
    return std::string(value->get_string());
}

base::Result<> only(const json::object& object, std::initializer_list<std::string_view> names)
{
    for (const auto& member : object) {
        const std::string_view key(member.key());
        if (std::ranges::find(names, key) == names.end())
            return base::Error(
                errc::bad_request, "the body has a member that this path does not know"
            );
    }
    return {};
}

std::string media_type(const http::Request& request)
{
    const auto header = request.headers().get("Content-Type").value_or("");
    return base::lower(base::trim(std::string_view(header).substr(0, header.find(';'))));
}

} // namespace api
