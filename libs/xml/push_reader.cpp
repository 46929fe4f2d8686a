// SPDX-License-Identifier: Apache-2.0
// Forwards the events of GuardedParser to a Listener.
#include "xml/push_reader.hpp"

#include "xml/limits.hpp"

#include <exception>
#include <limits>
#include <utility>
#include <vector>

namespace xml {

namespace {

constexpr std::size_t max_attribute_length = 64 * 1024;

std::string_view view(const xmlChar* text)
{
    return text == nullptr ? std::string_view()
                           : std::string_view(reinterpret_cast<const char*>(text));
}

Limits without_size(Limits limits)
{
    limits.bytes = limits.nodes = limits.text = std::numeric_limits<std::size_t>::max();
    return limits;
}

} // namespace

struct PushReader::State final : GuardedParser {
    State(Listener& to, const Limits& limits)
        : GuardedParser(without_size(limits), max_attribute_length), listener(to)
    {
    }

    // Calls the listener and stores its exception, which must not pass through libxml2's C frames.
    // outcome() rethrows the exception after the parser has returned.
    template <class Call> void tell(Call call)
    {
        try {
            call();
        } catch (...) {
            thrown = std::current_exception();
            fail(errc::not_well_formed);
        }
    }

    base::Result<> outcome(base::Result<> result)
    {
        if (thrown) std::rethrow_exception(std::exchange(thrown, nullptr));
        return result;
    }

    void element_started(const StartTag& tag) override
    {
        tell([&] {
            std::vector<Attribute> attributes;
            for (const xmlChar** at = tag.attributes;
                 at != tag.attributes + tag.attribute_count * 5; at += 5) {
                const std::string_view value(
                    reinterpret_cast<const char*>(at[3]), static_cast<std::size_t>(at[4] - at[3])
                );
                attributes.push_back({{view(at[2]), view(at[0])}, value});
            }
            listener.start_element({view(tag.uri), view(tag.local)}, attributes);
        });
    }
    void element_ended(const xmlChar* local, const xmlChar*, const xmlChar* uri) override
    {
        tell([&] { listener.end_element({view(uri), view(local)}); });
    }
    void characters(const xmlChar* text, int length) override
    {
        tell([&] {
            listener.characters(
                {reinterpret_cast<const char*>(text), static_cast<std::size_t>(length)}
            );
        });
    }
    void cdata(const xmlChar* text, int length) override { characters(text, length); }
    void instruction(const xmlChar*, const xmlChar*) override {}

    Listener& listener;
    std::exception_ptr thrown;
};

PushReader::PushReader(Listener& listener, const Limits& limits)
    : state_(std::make_unique<State>(listener, limits))
{
}

PushReader::~PushReader() = default;

base::Result<> PushReader::feed(base::BytesView piece)
{
    return state_->outcome(state_->feed(piece));
}

base::Result<> PushReader::finish()
{
    return state_->outcome(state_->finish());
}

} // namespace xml
