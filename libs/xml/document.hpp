// SPDX-License-Identifier: Apache-2.0
// XML documents and their nodes. Documents are read with limits and without DTD, network access or
// entities. Verification and use share one parser, so both read a document in the same way.
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

// A name with its namespace, so that every comparison includes the namespace. ns "" = none.
struct Name {
    std::string_view ns;
    std::string_view local;
};

// Limits that are checked while parsing, before a tree exists (facts: attack 19).
struct Limits {
    std::size_t bytes = 4 * 1024 * 1024;
    std::size_t depth = 64;
    std::size_t attributes = 64; // of one element, namespace declarations included
    std::size_t nodes = 100'000;
    std::size_t text = 1024 * 1024; // of one text node or attribute value, octets
};

// A pointer to an element in a Document, which must outlive the Node. Two Nodes are equal if they
// point to the same element.
class Node {
public:
    explicit Node(xmlNode* node) : node_(node) {}
    bool is(Name name) const;
    std::string_view local_name() const;
    std::string_view ns() const; // "" if none
    std::optional<std::string> attribute(Name name) const;
    // Returns all character data directly inside the element, including CDATA. Skips comments and
    // processing instructions. Returns nothing if there is an element inside.
    std::optional<std::string> text() const;
    std::string trimmed_text() const;   // "" if text() returns nothing
    std::vector<Node> children() const; // elements only
    std::vector<Node> children(Name name) const;
    // Returns the first child with this name.
    std::optional<Node> child(Name name) const;
    // errc::not_expected unless there is exactly one child with this name.
    base::Result<Node> only_child(Name name) const;
    // Returns the parent element, or nothing at the root.
    std::optional<Node> parent() const;
    friend bool operator==(Node a, Node b) { return a.node_ == b.node_; }
    xmlNode* native() const { return node_; } // only for files of libs/xml

private:
    xmlNode* node_;
};

class Document {
public:
    // Reads the encodings of encoding.hpp, with or without a byte order mark. `charset` is the
    // charset of the Content-Type of the octets, "" = none; decoder.hpp explains its use.
    // errc::doctype, limit, not_well_formed, unsupported_encoding, wrong_encoding.
    static base::Result<Document>
    parse(base::BytesView octets, const Limits& limits = {}, std::string charset = {});
    Document(Document&&) noexcept;
    Document& operator=(Document&&) noexcept;
    ~Document();
    Node root() const;
    // Returns every element that has `value` in wsu:Id, Id, xml:id, id or ID, in document order.
    // More than one element indicates an attack.
    std::vector<Node> with_id(std::string_view value) const;
    xmlDoc* native() const { return document_; } // only for files of libs/xml

private:
    explicit Document(xmlDoc* document) : document_(document) {}
    xmlDoc* document_;
};

} // namespace xml
