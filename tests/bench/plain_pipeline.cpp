// SPDX-License-Identifier: Apache-2.0
// What an exchange is measured against: one file through SHA-256, gzip and AES-GCM into another, in
// one pass on one thread, with the primitives the product uses. Prints the seconds it took.
#include "as4/compression.hpp"
#include "base/file.hpp"
#include "crypto/digest.hpp"
#include "crypto/gcm.hpp"

#include <chrono>
#include <cstdio>

namespace {

constexpr std::size_t piece_size = 64 * 1024;

base::Result<> run(const base::Path& from, const base::Path& to)
{
    auto source = base::File::open(from);
    if (!source) return source.error();
    auto target = base::File::create(to);
    if (!target) return target.error();
    crypto::Sha256 digest;
    as4::Deflater deflater;
    crypto::GcmEncryptor encryptor(crypto::Secret(base::Bytes(16, 'k')));
    base::Bytes piece(piece_size, '\0');
    base::Bytes gzip;
    base::Bytes encrypted = encryptor.start();
    for (;;) {
        const auto got = source->read(piece.data(), piece.size());
        if (!got) return got.error();
        const base::BytesView plain(piece.data(), *got);
        digest.update(plain);
        gzip.clear();
        if (plain.empty())
            deflater.finish(gzip);
        else
            deflater.update(plain, gzip);
        encryptor.update(gzip, encrypted);
        if (plain.empty()) encrypted += encryptor.finish();
        if (auto written = target->write(encrypted); !written) return written;
        encrypted.clear();
        if (plain.empty()) break;
    }
    return target->sync();
}

} // namespace

int main(int count, char** arguments)
{
    if (count != 3) {
        std::fputs("usage: plain_pipeline FROM TO\n", stderr);
        return 2;
    }
    const auto started = std::chrono::steady_clock::now();
    if (const auto done = run(arguments[1], arguments[2]); !done) {
        std::fprintf(stderr, "%s\n", done.error().text().c_str());
        return 1;
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - started;
    std::printf("%.3f\n", took.count());
}
