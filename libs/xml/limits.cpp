// SPDX-License-Identifier: Apache-2.0
// Limits in the callbacks of libxml2's push parser. A document type declaration stops the parser at
// its first event. So a document cannot define entities, and there is nothing to expand or to load
// (facts: attacks 3 and 19).
#include "xml/limits.hpp"

#include <libxml/SAX2.h>
#include <libxml/xmlerror.h>

#include <cstring>
#include <new>

namespace xml {

namespace {

constexpr std::size_t piece_size = 16 * 1024;
// Inside a CDATA section the push parser of libxml2 2.9 buffers its input, up to 10 MB, until it
// gets a ">". A call without octets makes it report 300 buffered octets. So each piece in a CDATA
// section is shorter than 300 octets and is followed by a call without octets.
constexpr std::size_t cdata_piece_size = 200;

} // namespace

GuardedParser::GuardedParser(
    const Limits& limits, std::size_t max_attribute_length, std::string charset
)
    : limits_(limits), max_attribute_length_(max_attribute_length), decoder_(std::move(charset))
{
    static const bool initialised = (xmlInitParser(), true);
    static_cast<void>(initialised);
    context_ = xmlCreatePushParserCtxt(nullptr, nullptr, nullptr, 0, nullptr);
    if (context_ == nullptr) throw std::bad_alloc();
    // Entity substitution (NOENT) is on only because libxml2 otherwise leaves "&" as "&#38;" in
    // values and namespace URIs. There are no other entities without a document type declaration.
    // IGNORE_ENC is on because the decoder has already applied the encoding declaration.
    xmlCtxtUseOptions(
        context_, XML_PARSE_NONET | XML_PARSE_NOENT | XML_PARSE_NOERROR | XML_PARSE_NOWARNING |
                      XML_PARSE_IGNORE_ENC
    );
    context_->_private = this;
    install_callbacks();
}

GuardedParser::~GuardedParser()
{
    if (context_->myDoc != nullptr) xmlFreeDoc(context_->myDoc);
    xmlFreeParserCtxt(context_);
}

void GuardedParser::install_callbacks()
{
    static constexpr auto self = [](void* context) -> GuardedParser& {
        return *static_cast<GuardedParser*>(static_cast<xmlParserCtxt*>(context)->_private);
    };
    xmlSAXHandler& sax = *context_->sax;
    sax.internalSubset = [](void* context, const xmlChar*, const xmlChar*, const xmlChar*) {
        self(context).fail(errc::doctype);
    };
    sax.externalSubset = sax.internalSubset;
    sax.startElementNs = [](void* context, const xmlChar* local, const xmlChar* prefix,
                            const xmlChar* uri, int namespaces, const xmlChar** declared,
                            int attributes, int defaulted, const xmlChar** values) {
        self(context).on_start(
            {local, prefix, uri, namespaces, declared, attributes, defaulted, values}
        );
    };
    sax.endElementNs = [](void* context, const xmlChar* local, const xmlChar* prefix,
                          const xmlChar* uri) {
        GuardedParser& parser = self(context);
        if (!parser.proceeds(0)) return;
        --parser.depth_;
        parser.text_ = 0;
        parser.element_ended(local, prefix, uri);
    };
    sax.characters = [](void* context, const xmlChar* text, int length) {
        if (self(context).on_text(length)) self(context).characters(text, length);
    };
    sax.ignorableWhitespace = sax.characters;
    sax.cdataBlock = [](void* context, const xmlChar* text, int length) {
        self(context).on_cdata(text, length);
    };
    sax.processingInstruction = [](void* context, const xmlChar* target, const xmlChar* data) {
        if (self(context).proceeds(1)) self(context).instruction(target, data);
    };
    // Make no nodes for comments. No canonical form here contains comments, and a comment node
    // would split the text around it (attack 4).
    sax.comment = [](void* context, const xmlChar*) { self(context).proceeds(1); };
}

void GuardedParser::fail(base::Error error)
{
    if (!failure_) failure_ = std::move(error);
    xmlStopParser(context_);
}

bool GuardedParser::proceeds(std::size_t nodes)
{
    if (failure_) return false;
    silent_ = 0;
    nodes_ += nodes;
    if (nodes_ > limits_.nodes) fail({errc::limit, "nodes"});
    return !failure_;
}

void GuardedParser::on_start(const StartTag& tag)
{
    const auto attributes = static_cast<std::size_t>(tag.attribute_count) +
                            static_cast<std::size_t>(tag.namespace_count);
    if (!proceeds(1 + attributes)) return;
    text_ = 0;
    if (++depth_ > limits_.depth) return fail({errc::limit, "depth"});
    if (attributes > limits_.attributes) return fail({errc::limit, "attributes"});
    // Each namespace in scope costs time at each element of a canonical form. libxml2 keeps two
    // entries per namespace.
    if (static_cast<std::size_t>(context_->nsNr) / 2 > max_namespaces)
        return fail({errc::limit, "namespaces in scope"});
    if (xmlDictSize(context_->dict) > max_names) return fail({errc::limit, "different names"});
    for (int i = 0; i < tag.attribute_count; ++i) {
        const auto length =
            static_cast<std::size_t>(tag.attributes[i * 5 + 4] - tag.attributes[i * 5 + 3]);
        if (length > max_attribute_length_) return fail({errc::limit, "attribute value"});
    }
    for (int i = 0; i < tag.namespace_count; ++i) {
        const xmlChar* uri = tag.namespaces[i * 2 + 1];
        if (uri != nullptr && static_cast<std::size_t>(xmlStrlen(uri)) > max_attribute_length_)
            return fail({errc::limit, "namespace"});
    }
    // libxml2 continues after an undeclared prefix. The canonical form of such a document would be
    // empty or wrong (attack 5).
    if (context_->nsWellFormed == 0) return fail({errc::not_well_formed, "namespaces"});
    element_started(tag);
}

bool GuardedParser::on_text(int length)
{
    if (!proceeds(text_ == 0 ? 1 : 0)) return false;
    text_ += static_cast<std::size_t>(length);
    if (text_ > limits_.text) fail({errc::limit, "text"});
    return !failure_;
}

// [XML 1.0 2.11] CR and CR LF become LF. libxml2's push parser does not do so inside CDATA.
void GuardedParser::on_cdata(const xmlChar* text, int length)
{
    if (!proceeds(1) || !on_text(length)) return;
    // Check whether this is the last piece of its section. Reading behind `text` is safe, because
    // `text` points into the parser's buffer, which ends in NUL.
    const bool last = std::strncmp(reinterpret_cast<const char*>(text + length), "]]>", 3) == 0;
    std::string unified;
    for (const char c :
         std::string_view(reinterpret_cast<const char*>(text), static_cast<std::size_t>(length))) {
        if (c != '\n' || !after_return_) unified += c == '\r' ? '\n' : c;
        after_return_ = c == '\r';
    }
    after_return_ = after_return_ && !last;
    cdata(reinterpret_cast<const xmlChar*>(unified.data()), static_cast<int>(unified.size()));
}

void GuardedParser::check_outcome()
{
    if (failure_) return;
    if (context_->wellFormed == 0 || context_->nsWellFormed == 0) {
        const xmlError* last = xmlCtxtGetLastError(context_);
        // Do not use libxml2's message: it would copy text of a possibly hostile document to the
        // log.
        const std::string detail = last == nullptr ? ""
                                                   : "line " + std::to_string(last->line) +
                                                         ", libxml2 " + std::to_string(last->code);
        return fail({errc::not_well_formed, detail});
    }
    if (silent_ > max_markup_length) fail({errc::limit, "markup"});
}

void GuardedParser::parse(base::BytesView utf8)
{
    while (!utf8.empty() && !failure_) {
        const bool in_cdata = context_->instate == XML_PARSER_CDATA_SECTION;
        const base::BytesView piece = utf8.substr(0, in_cdata ? cdata_piece_size : piece_size);
        utf8.remove_prefix(piece.size());
        silent_ += piece.size();
        xmlParseChunk(context_, piece.data(), static_cast<int>(piece.size()), 0);
        if (in_cdata) xmlParseChunk(context_, nullptr, 0, 0);
        check_outcome();
    }
}

base::Result<> GuardedParser::feed(base::BytesView octets)
{
    while (!octets.empty() && !failure_) {
        const base::BytesView piece = octets.substr(0, piece_size);
        octets.remove_prefix(piece.size());
        const auto utf8 = decoder_.decode(piece);
        if (!utf8)
            fail(utf8.error());
        else
            parse(*utf8);
    }
    if (failure_) return *failure_;
    return {};
}

base::Result<> GuardedParser::finish()
{
    if (!failure_) {
        const auto rest = decoder_.finish();
        if (!rest)
            fail(rest.error());
        else
            parse(*rest);
    }
    if (!failure_) {
        xmlParseChunk(context_, nullptr, 0, 1);
        check_outcome();
    }
    if (failure_) return *failure_;
    return {};
}

} // namespace xml
