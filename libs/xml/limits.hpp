// SPDX-License-Identifier: Apache-2.0
// The one way octets reach libxml2 here: in pieces, with every limit checked in the parser's
// callbacks, before a tree or a listener sees the event. For xml's own files; the limits themselves
// are in document.hpp.
#pragma once

#include "xml/decoder.hpp"
#include "xml/document.hpp"

#include <libxml/parser.h>

#include <cstddef>
#include <optional>

namespace xml {

// The longest piece of markup (one tag, one comment). libxml2 keeps a whole tag before it reports
// it, and compares its attributes pairwise: this bounds both, where the attribute count comes too
// late.
inline constexpr std::size_t max_markup_length = 128 * 1024;

// Namespace declarations in scope of one element.
inline constexpr std::size_t max_namespaces = 256;

// Different names of elements and attributes, prefixes and namespaces. libxml2 keeps each for the
// life of the parser in a hash table that stops growing: a million of them cost minutes.
inline constexpr int max_names = 32 * 1024;

// A start tag as libxml2 gives it (SAX2): attributes are five pointers each, namespaces two.
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

class GuardedParser {
public:
    virtual ~GuardedParser();
    GuardedParser(const GuardedParser&) = delete;
    base::Result<> feed(base::BytesView octets);
    base::Result<> finish();

protected:
    // `charset`: of the Content-Type, "" = none (decoder.hpp).
    GuardedParser(const Limits& limits, std::size_t max_attribute_length, std::string charset = {});
    xmlParserCtxt* context() const { return context_; }
    void fail(base::Error error); // stops the parser; the first failure stays

    virtual void element_started(const StartTag& tag) = 0;
    virtual void element_ended(const xmlChar* local, const xmlChar* prefix, const xmlChar* uri) = 0;
    virtual void characters(const xmlChar* text, int length) = 0;
    virtual void cdata(const xmlChar* text, int length) = 0;
    virtual void instruction(const xmlChar* target, const xmlChar* data) = 0;

private:
    void install_callbacks();
    void check_outcome();
    bool proceeds(std::size_t nodes); // counts an event; false once something has failed
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
    bool after_return_ = false; // the last octet of an unfinished CDATA section was CR
    std::optional<base::Error> failure_;
};

} // namespace xml
