// SPDX-License-Identifier: Apache-2.0
// Packs, unpacks and receipts one message of about 10 KB many times, without network, store or
// disk: codec_bench [--bits N] [--count N] [--only STEP]. Under callgrind, with
// --toggle-collect='codec_STEP*', the instructions of one step are counted (README.md).
#include "support/exchange.hpp"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <stdexcept>
#include <string>

namespace {

struct Options {
    int bits = 2048;
    int count = 200;
    std::string only; // empty: all steps
};

Options read_options(int count, char** arguments)
{
    Options options;
    for (int i = 1; i + 1 < count; i += 2) {
        const std::string name = arguments[i];
        const std::string value = arguments[i + 1];
        if (name == "--bits") options.bits = std::stoi(value);
        if (name == "--count") options.count = std::stoi(value);
        if (name == "--only") options.only = value;
    }
    return options;
}

base::Bytes document()
{
    base::Bytes xml =
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<XHE xmlns=\"urn:example:xhe\">\n";
    for (int i = 0; xml.size() < 10'000; ++i)
        xml += "  <Line id=\"" + std::to_string(i * 7919) + "\">" + base::hex(base::Bytes(3, 'a')) +
               std::to_string(i * 104729) + "</Line>\n";
    return xml + "</XHE>\n";
}

} // namespace

// With external linkage and never inlined, so that callgrind knows them by name.
[[gnu::noinline]] support::HttpBody
codec_pack(const support::Exchange& both, const std::vector<support::Payload>& payloads)
{
    const auto packed = support::pack(both.a, both.b, both.now, payloads);
    return support::wire(packed, both.a, both.b);
}

[[gnu::noinline]] as4::Verified
codec_unpack(const support::Exchange& both, const support::HttpBody& body)
{
    return support::unpack(both.b.context(), body, both.now).value();
}

[[gnu::noinline]] base::Bytes
codec_receipt(const support::Exchange& both, const as4::Verified& verified)
{
    return as4::make_receipt(verified, both.b.signer, both.now).value().soap;
}

[[gnu::noinline]] void
codec_answer(const support::Exchange& both, const as4::Sealed& sealed, const base::Bytes& soap)
{
    const auto& a = both.a;
    const auto answer =
        as4::read_answer("application/soap+xml", soap, sealed, a.peer(), a.trust, both.now);
    if (!std::holds_alternative<as4::ReceiptProof>(answer.value()))
        throw std::runtime_error("no receipt");
}

int main(int count, char** arguments)
{
    const Options options = read_options(count, arguments);
    support::Terms terms;
    terms.bits = options.bits;
    const support::Exchange both(terms);
    const std::vector<support::Payload> payloads{{"message", "text/xml", document()}};
    const auto packed = support::pack(both.a, both.b, both.now, payloads);
    const auto body = support::wire(packed, both.a, both.b);
    const auto verified = support::unpack(both.b.context(), body, both.now);
    const auto receipt = as4::make_receipt(verified.value(), both.b.signer, both.now).value().soap;
    std::printf(
        "RSA-%d, payload %zu octets, body %zu octets\n", options.bits, payloads[0].octets.size(),
        body.octets.size()
    );
    const auto measure = [&](const char* name, const std::function<void()>& step) {
        if (!options.only.empty() && options.only != name) return;
        const auto begin = std::chrono::steady_clock::now();
        for (int i = 0; i < options.count; ++i)
            step();
        const std::chrono::duration<double, std::micro> took =
            std::chrono::steady_clock::now() - begin;
        std::printf(
            "%-8s %8.0f us each of %d\n", name, took.count() / options.count, options.count
        );
    };
    measure("pack", [&] { codec_pack(both, payloads); });
    measure("unpack", [&] { codec_unpack(both, body); });
    measure("receipt", [&] { codec_receipt(both, *verified); });
    measure("answer", [&] { codec_answer(both, packed.sealed, receipt); });
    return EXIT_SUCCESS;
}
