// SPDX-License-Identifier: Apache-2.0
// Reads a document of any size in pieces, without a tree: events to a listener. Memory does not
// depend on the size of an element's text (every SDK payload of size is one element of tens of
// megabytes).
#pragma once

#include "base/bytes.hpp"
#include "xml/document.hpp"

#include <memory>
#include <span>
#include <utility>

namespace xml {

struct Attribute {
    Name name;
    std::string_view value;
};

// Names, values and text live only during the call. Namespace declarations are not reported as
// attributes.
class Listener {
public:
    virtual ~Listener() = default;
    virtual void start_element(Name name, std::span<const Attribute> attributes) = 0;
    virtual void characters(std::string_view text) = 0; // in any pieces
    virtual void end_element(Name name) = 0;
};

class PushReader {
public:
    // limits.bytes, limits.nodes and limits.text are not applied here: depth, attributes and the
    // size of one attribute value (64 KB) are.
    PushReader(Listener& listener, const Limits& limits = {});
    ~PushReader();
    PushReader(PushReader&&) = delete;
    // errc::doctype, limit, not_well_formed, unsupported_encoding, wrong_encoding; the same again
    // once failed.
    base::Result<> feed(base::BytesView piece);
    base::Result<> finish();

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace xml
