// SPDX-License-Identifier: Apache-2.0
// Reads the description member by member. An unknown member is refused; otherwise the producer
// would believe that its value was sent.
#include "api/description.hpp"

#include "api/errc.hpp"
#include "base/units.hpp"

#include <boost/json/parse.hpp>

#include <algorithm>

namespace api {

namespace {

namespace json = boost::json;

constexpr std::size_t deepest = 8;
constexpr std::size_t max_key_length = 255;

base::Error wrong(const std::string& what)
{
    return base::Error(errc::bad_request, what);
}

// An object of the description and its path, which error texts name.
struct Place {
    const json::object& object;
    std::string path; // "payloads[0].", empty at the top

    std::string of(std::string_view member) const { return path + std::string(member); }
};

base::Result<Place> place(
    const json::value& value, const std::string& name, std::initializer_list<std::string_view> known
)
{
    if (!value.is_object())
        return wrong((name.empty() ? "the description" : name) + " must be an object");
    const Place here{value.get_object(), name.empty() ? "" : name + "."};
    for (const auto& member : here.object) {
        const std::string_view key(member.key());
        if (std::ranges::find(known, key) == known.end())
            return wrong(here.of(key.substr(0, 64)) + " is not known here");
    }
    return here;
}

// Leaves `into` unchanged if the member is absent.
base::Result<> text(const Place& place, std::string_view name, std::string& into)
{
    const auto* value = place.object.if_contains(name);
    if (!value) return {};
    if (!value->is_string() || value->get_string().empty())
        return wrong(place.of(name) + " must be a text that is not empty");
    into = std::string_view(value->get_string());
    return {};
}

base::Result<>
texts(const Place& place, std::initializer_list<std::pair<std::string_view, std::string*>> members)
{
    for (const auto& [name, into] : members) {
        if (auto read = text(place, name, *into); !read) return read;
    }
    return {};
}

base::Result<> needed(const Place& place, std::string_view name, const std::string& value)
{
    if (value.empty()) return wrong(place.of(name) + " is missing");
    return {};
}

// Reads each item of an array with read(value, path of the item).
template <class Item, class Read>
base::Result<> list(const Place& place, std::string_view name, std::vector<Item>& into, Read read)
{
    const auto* value = place.object.if_contains(name);
    if (!value) return {};
    if (!value->is_array()) return wrong(place.of(name) + " must be an array");
    for (const auto& each : value->get_array()) {
        auto item = read(each, place.of(name) + "[" + std::to_string(into.size()) + "]");
        if (!item) return item.error();
        into.push_back(std::move(*item));
    }
    return {};
}

base::Result<ebms::Property> read_property(const json::value& value, const std::string& name)
{
    const auto here = place(value, name, {"name", "value", "type"});
    if (!here) return here.error();
    ebms::Property property;
    const auto read = texts(
        *here, {{"name", &property.name}, {"value", &property.value}, {"type", &property.type}}
    );
    if (!read) return read.error();
    if (auto there = needed(*here, "name", property.name); !there) return there.error();
    if (auto there = needed(*here, "value", property.value); !there) return there.error();
    return property;
}

base::Result<msh::DescribedPayload> read_payload(const json::value& value, const std::string& name)
{
    const auto here = place(
        value, name, {"part", "content_id", "mime_type", "character_set", "compress", "properties"}
    );
    if (!here) return here.error();
    msh::DescribedPayload payload;
    const auto read = texts(
        *here, {{"part", &payload.part},
                {"content_id", &payload.content_id},
                {"mime_type", &payload.mime_type},
                {"character_set", &payload.character_set}}
    );
    if (!read) return read.error();
    if (auto there = needed(*here, "part", payload.part); !there) return there.error();
    if (const auto* compress = here->object.if_contains("compress")) {
        if (!compress->is_bool()) return wrong(here->of("compress") + " must be true or false");
        payload.compress = compress->get_bool();
    }
    if (auto all = list(*here, "properties", payload.properties, read_property); !all)
        return all.error();
    return payload;
}

base::Result<> read_participant(const Place& outer, std::string_view name, msh::Participant& into)
{
    const auto* value = outer.object.if_contains(name);
    if (!value) return {};
    const auto here = place(*value, outer.of(name), {"id", "scheme"});
    if (!here) return here.error();
    if (auto read = texts(*here, {{"id", &into.id}, {"scheme", &into.scheme}}); !read) return read;
    return needed(*here, "id", into.id);
}

base::Result<> read_service(const Place& outer, ebms::Service& into)
{
    const auto* value = outer.object.if_contains("service");
    if (!value) return {};
    const auto here = place(*value, outer.of("service"), {"value", "type"});
    if (!here) return here.error();
    if (auto read = texts(*here, {{"value", &into.value}, {"type", &into.type}}); !read)
        return read;
    return needed(*here, "value", into.value);
}

// Returns the value of the Idempotency-Key header without the quotes of its draft; "" if the header
// is absent.
std::string header_key(const http::Request& request)
{
    const auto field = request.headers().get("Idempotency-Key").value_or("");
    std::string_view value = base::trim(field);
    if (value.size() >= 2 && value.starts_with('"') && value.ends_with('"'))
        value = value.substr(1, value.size() - 2);
    return std::string(value);
}

base::Result<> read_key(const http::Request& request, std::string& key)
{
    const auto header = header_key(request);
    if (!header.empty() && !key.empty() && header != key)
        return wrong("idempotency_key and the header Idempotency-Key differ");
    if (key.empty()) key = header;
    const bool printable = std::ranges::all_of(key, [](char c) { return c >= ' ' && c < 0x7f; });
    if (!printable || key.size() > max_key_length)
        return wrong("the idempotency key must be at most 255 printable ASCII characters");
    return {};
}

base::Result<> read_time_to_live(const Place& top, std::optional<base::Duration>& into)
{
    std::string given;
    if (auto read = text(top, "time_to_live", given); !read) return read;
    if (given.empty()) return {};
    const auto time = time_to_live(given);
    if (!time) return time.error();
    into = *time;
    return {};
}

base::Result<> read_lists(const Place& top, msh::Description& into)
{
    if (auto all = list(top, "properties", into.properties, read_property); !all) return all;
    if (!top.object.contains("payloads")) return {};
    return list(top, "payloads", into.payloads.emplace(), read_payload);
}

} // namespace

base::Result<base::Duration> time_to_live(std::string_view given)
{
    const auto time = base::parse_duration(given);
    if (!time || *time <= base::Duration(0))
        return wrong("time_to_live must be a duration like \"2h\", more than nothing");
    return *time;
}

base::Result<msh::Description>
read_description(base::BytesView octets, const http::Request& request)
{
    json::parse_options options;
    options.max_depth = deepest;
    boost::system::error_code failure;
    const auto value = json::parse(octets, failure, {}, options);
    if (failure) return wrong("the part \"message\" is not JSON: " + failure.message());
    const auto top = place(
        value, "",
        {"original_sender", "final_recipient", "peer", "service", "action", "conversation_id",
         "ref_to_message_id", "message_id", "properties", "idempotency_key", "time_to_live",
         "payloads"}
    );
    if (!top) return top.error();
    msh::Description description;
    const auto read = texts(
        *top, {{"peer", &description.peer},
               {"action", &description.action},
               {"conversation_id", &description.conversation_id},
               {"ref_to_message_id", &description.ref_to_message_id},
               {"message_id", &description.message_id},
               {"idempotency_key", &description.idempotency_key}}
    );
    if (!read) return read.error();
    if (auto from = read_participant(*top, "original_sender", description.original_sender); !from)
        return from.error();
    if (auto to = read_participant(*top, "final_recipient", description.final_recipient); !to)
        return to.error();
    if (auto service = read_service(*top, description.service); !service) return service.error();
    if (auto time = read_time_to_live(*top, description.time_to_live); !time) return time.error();
    if (auto lists = read_lists(*top, description); !lists) return lists.error();
    if (auto key = read_key(request, description.idempotency_key); !key) return key.error();
    return description;
}

} // namespace api
