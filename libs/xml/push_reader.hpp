// SPDX-License-Identifier: Apache-2.0
// Reads a document of any size in pieces and reports events to a listener, without a tree. Memory
// use does not depend on the size of an element's text. Every large SDK payload is one element of
// tens of megabytes.
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

// Names, values and text are valid only during the call. Namespace declarations are not reported as
// attributes.
class Listener {
public:
    virtual ~Listener() = default;
    virtual void start_element(Name name, std::span<const Attribute> attributes) = 0;
    // Called one or more times for each text, with consecutive pieces of any size.
    virtual void characters(std::string_view text) = 0;
    virtual void end_element(Name name) = 0;
};

class PushReader {
public:
    // Ignores limits.bytes, limits.nodes and limits.text. Applies limits.depth and
    // limits.attributes, and limits an attribute value to 64 KB.
    PushReader(Listener& listener, const Limits& limits = {});
    ~PushReader();
    PushReader(PushReader&&) = delete;
    // errc::doctype, limit, not_well_formed, unsupported_encoding, wrong_encoding. After a failure,
    // every later call returns the same error. Rethrows an exception of the listener.
    base::Result<> feed(base::BytesView piece);
    base::Result<> finish();

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace xml
