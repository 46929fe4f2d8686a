// SPDX-License-Identifier: Apache-2.0
// AES-128-GCM against the vectors of its specification, in every cut, and against damage.
#include "crypto/gcm.hpp"

#include "crypto/random.hpp"

#include <catch2/catch.hpp>

using namespace crypto;

namespace {

struct Vector {
    std::string key, iv, plain, cipher, tag;
};

// McGrew and Viega, "The Galois/Counter Mode of Operation (GCM)", appendix B, test cases 1 to 3.
const std::vector<Vector>& vectors()
{
    static const std::vector<Vector> all = {
        {"00000000000000000000000000000000", "000000000000000000000000", "", "",
         "58e2fccefa7e3061367f1d57a4e7455a"},
        {"00000000000000000000000000000000", "000000000000000000000000",
         "00000000000000000000000000000000", "0388dace60b6a392f328c2b971b2fe78",
         "ab6e47d42cec13bdf53a67b21257bddf"},
        {"feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888",
         "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
         "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255",
         "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
         "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091473f5985",
         "4d5c2af327cd64a62cf35abd2ba6fab4"},
    };
    return all;
}

base::Bytes octets(const std::string& hex)
{
    return base::from_hex(hex).value();
}

struct Decrypted {
    base::Bytes plain;
    base::Result<> verdict;
};

Decrypted decrypt(const Secret& key, base::BytesView wire, std::size_t piece)
{
    GcmDecryptor decryptor(key);
    base::Bytes plain;
    for (std::size_t i = 0; i < wire.size(); i += piece)
        decryptor.update(wire.substr(i, piece), plain);
    auto verdict = decryptor.finish();
    return {std::move(plain), std::move(verdict)};
}

base::Bytes encrypt(const Secret& key, base::BytesView plain, std::size_t piece)
{
    GcmEncryptor encryptor(key);
    base::Bytes wire = encryptor.start();
    for (std::size_t i = 0; i < plain.size(); i += piece)
        encryptor.update(plain.substr(i, piece), wire);
    return wire + encryptor.finish();
}

} // namespace

TEST_CASE("the vectors of GCM decrypt in every cut", "[crypto][XMLENC 5.2.4]")
{
    for (const Vector& vector : vectors()) {
        const Secret key(octets(vector.key));
        const base::Bytes wire = octets(vector.iv + vector.cipher + vector.tag);
        for (std::size_t piece = 1; piece <= wire.size(); ++piece) {
            const Decrypted result = decrypt(key, wire, piece);
            CHECK(result.verdict);
            CHECK(base::hex(result.plain) == vector.plain);
        }
    }
}

TEST_CASE("what is encrypted decrypts, in pieces of any size", "[crypto]")
{
    const Secret key(random_bytes(16));
    const std::size_t size = GENERATE(0U, 1U, 15U, 16U, 17U, 1000U, 100'000U);
    const std::size_t piece = GENERATE(1U, 7U, 16U, 4096U, 200'000U);
    if (size / piece > 20'000) return;
    const base::Bytes plain = random_bytes(size);
    const base::Bytes wire = encrypt(key, plain, piece);
    CHECK(wire.size() == size + gcm_overhead);
    const Decrypted result = decrypt(key, wire, piece == 1 ? 16 : piece);
    CHECK(result.verdict);
    CHECK(result.plain == plain);
}

TEST_CASE("every encryption has an IV of its own", "[crypto]")
{
    const Secret key(random_bytes(16));
    CHECK(GcmEncryptor(key).start() != GcmEncryptor(key).start());
    CHECK(GcmEncryptor(key).start().size() == 12);
}

TEST_CASE("any flipped bit of IV, ciphertext or tag is found", "[crypto]")
{
    const Secret key(random_bytes(16));
    const base::Bytes wire = encrypt(key, "forty octets of a payload that is secret", 100);
    for (std::size_t i = 0; i < wire.size() * 8; ++i) {
        base::Bytes damaged = wire;
        damaged[i / 8] = static_cast<char>(damaged[i / 8] ^ (1 << (i % 8)));
        CHECK(decrypt(key, damaged, 16).verdict.error().code == errc::decryption_failed);
    }
}

TEST_CASE("every truncation and every extension is found", "[crypto]")
{
    const Secret key(random_bytes(16));
    const base::Bytes wire = encrypt(key, "payload", 100);
    for (std::size_t size = 0; size < wire.size(); ++size) {
        CHECK(
            decrypt(key, wire.substr(0, size), 5).verdict.error().code == errc::decryption_failed
        );
    }
    CHECK(decrypt(key, wire + '\0', 5).verdict.error().code == errc::decryption_failed);
}

TEST_CASE("a key that is wrong, or of a length that is wrong, fails alike", "[crypto]")
{
    const base::Bytes wire = encrypt(Secret(base::Bytes(16, 'k')), "payload", 100);
    const base::Bytes key = GENERATE(
        base::Bytes(16, 'x'), base::Bytes(), base::Bytes(15, 'k'), base::Bytes(17, 'k'),
        base::Bytes(32, 'k')
    );
    const Decrypted result = decrypt(Secret(base::Bytes(key)), wire, 100);
    CHECK(result.verdict.error().code == errc::decryption_failed);
    CHECK(result.verdict.error().detail.empty());
    CHECK(result.plain.size() == 7);
}

TEST_CASE("the last sixteen octets are kept back, whatever comes", "[crypto]")
{
    const Secret key(random_bytes(16));
    const base::Bytes wire = encrypt(key, std::string(100, 'p'), 100);
    GcmDecryptor decryptor(key);
    base::Bytes plain = "before";
    decryptor.update(base::BytesView(wire).substr(0, 12 + 16), plain);
    CHECK(plain == "before");
    decryptor.update(base::BytesView(wire).substr(28, 1), plain);
    CHECK(plain == "beforep");
    decryptor.update({}, plain);
    GcmDecryptor moved(std::move(decryptor));
    moved.update(base::BytesView(wire).substr(29), plain);
    CHECK(plain == "before" + std::string(100, 'p'));
    CHECK(moved.finish());
}
