// SPDX-License-Identifier: Apache-2.0
// The only path of octets to libxml2: in pieces, with every limit checked in the parser's callbacks
// before a tree or a listener receives the event. Only for files of libs/xml. document.hpp has the
// configurable limits.
#pragma once

#include "xml/decoder.hpp"
#include "xml/document.hpp"

#include <libxml/parser.h>

#include <cstddef>
#include <optional>

namespace xml {

// Longest piece of markup (one tag or one comment), in octets. libxml2 buffers a whole tag and
// compares its attributes pairwise before the callback runs. The limit on attributes is checked
// later, so this limit bounds the memory and the time of a tag.
inline constexpr std::size_t max_markup_length = 128 * 1024;

// Most namespace declarations in scope of one element.
inline constexpr std::size_t max_namespaces = 256;

// Most different names of elements and attributes, prefixes and namespaces. libxml2 keeps each one
// for the life of the parser in a hash table that stops growing. A million names would take
// minutes.
inline constexpr int max_names = 32 * 1024;

// A start tag as libxml2 reports it (SAX2). An attribute has five pointers, a namespace two.
struct StartTag {
    const xmlChar* local;
    const xmlChar* prefix;
    const xmlChar* uri;
    int namespace_count;
    const xmlChar** namespaces;
    int attribute_count;
    int defaulted_count;
    const xmlChar** attributes;
};

// A push parser with limits. A derived class receives the events.
class GuardedParser {
public:
    virtual ~GuardedParser();
    GuardedParser(const GuardedParser&) = delete;
    // feed() and finish() return the first failure, and return it again on every later call.
    base::Result<> feed(base::BytesView octets);
    base::Result<> finish();

protected:
    // `charset` is the charset of the Content-Type, "" = none (decoder.hpp).
    GuardedParser(const Limits& limits, std::size_t max_attribute_length, std::string charset = {});
    xmlParserCtxt* context() const { return context_; }
    // Stops the parser. Only the first failure is kept.
    void fail(base::Error error);

    virtual void element_started(const StartTag& tag) = 0;
    virtual void element_ended(const xmlChar* local, const xmlChar* prefix, const xmlChar* uri) = 0;
    virtual void characters(const xmlChar* text, int length) = 0;
    virtual void cdata(const xmlChar* text, int length) = 0;
    virtual void instruction(const xmlChar* target, const xmlChar* data) = 0;

private:
    void install_callbacks();
    void check_outcome();
    // Counts an event and its nodes. Returns false after a failure.
    bool proceeds(std::size_t nodes);
    void parse(base::BytesView utf8);
    void on_start(const StartTag& tag);
    bool on_text(int length);
    void on_cdata(const xmlChar* text, int length);

    Limits limits_;
    std::size_t max_attribute_length_;
    Decoder decoder_;
    xmlParserCtxt* context_;
    std::size_t depth_ = 0;
    std::size_t nodes_ = 0;
    std::size_t text_ = 0;      // octets since the last tag
    std::size_t silent_ = 0;    // octets of UTF-8 since the last event
    bool after_return_ = false; // the open CDATA section so far ends in CR
    std::optional<base::Error> failure_;
};

} // namespace xml
