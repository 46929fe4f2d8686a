// SPDX-License-Identifier: Apache-2.0
// XML documents read with limits and without DTD, network or entities, and the nodes in them.
// One parser serves verification and use, so nothing can be verified in one reading and used in
// another.
#pragma once

#include "base/bytes.hpp"
#include "xml/errc.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

typedef struct _xmlNode xmlNode;
typedef struct _xmlDoc xmlDoc;

namespace xml {

// A name with its namespace, so that no comparison forgets it. ns "" = no namespace.
struct Name {
    std::string_view ns;
    std::string_view local;
};

// Checked while parsing, before a tree exists (facts: attack 19).
struct Limits {
    std::size_t bytes = 4 * 1024 * 1024;
    std::size_t depth = 64;
    std::size_t attributes = 64; // of one element, namespace declarations included
    std::size_t nodes = 100'000;
    std::size_t text = 1024 * 1024; // of one text node or attribute value, octets
};

// Points into a Document, which must outlive it. Copyable; compares by identity.
class Node {
public:
    explicit Node(xmlNode* node) : node_(node) {}
    bool is(Name name) const;
    std::string_view local_name() const;
    std::string_view ns() const; // "" if none
    std::optional<std::string> attribute(Name name) const;
    // All character data directly inside (CDATA too), comments and processing instructions skipped
    // as the canonical form skips them. An element inside makes it nullopt.
    std::optional<std::string> text() const;
    std::string trimmed_text() const;   // "" if text() is nothing
    std::vector<Node> children() const; // elements only
    std::vector<Node> children(Name name) const;
    std::optional<Node> child(Name name) const;     // the first
    base::Result<Node> only_child(Name name) const; // errc::not_expected unless exactly one
    std::optional<Node> parent() const;             // the element above; nothing at the root
    friend bool operator==(Node a, Node b) { return a.node_ == b.node_; }
    xmlNode* native() const { return node_; } // for xml's own files

private:
    xmlNode* node_;
};

class Document {
public:
    // Reads the encodings of encoding.hpp, with or without a byte order mark. `charset` is that of
    // the Content-Type the octets came with, "" = none; decoder.hpp says what it is for.
    // errc::doctype, limit, not_well_formed, unsupported_encoding, wrong_encoding.
    static base::Result<Document>
    parse(base::BytesView octets, const Limits& limits = {}, std::string charset = {});
    Document(Document&&) noexcept;
    Document& operator=(Document&&) noexcept;
    ~Document();
    Node root() const;
    // Every element that carries `value` in wsu:Id, Id, xml:id or id, in document order: more than
    // one is an attack.
    std::vector<Node> with_id(std::string_view value) const;
    xmlDoc* native() const { return document_; } // for xml's own files

private:
    explicit Document(xmlDoc* document) : document_(document) {}
    xmlDoc* document_;
};

} // namespace xml
