// SPDX-License-Identifier: Apache-2.0
// The only file that includes ISA-L. ISA-L counts in 32 bits, so this file counts sizes in 64 bits.
#include "as4/compression.hpp"

#include <isa-l/igzip_lib.h>

#include <algorithm>

namespace as4 {
namespace {

constexpr std::size_t piece_size = 64 * 1024;

// ISA-L takes its input as a pointer to non-const, but does not write there.
std::uint8_t* input(base::BytesView octets)
{
    return reinterpret_cast<std::uint8_t*>(const_cast<char*>(octets.data()));
}

// An output buffer for ISA-L. The buffer is not initialised: that would write half a megabyte for
// each small payload.
struct Room {
    std::size_t size;
    std::unique_ptr<std::uint8_t[]> octets = std::make_unique_for_overwrite<std::uint8_t[]>(size);

    base::BytesView view(std::size_t count) const
    {
        return {reinterpret_cast<const char*>(octets.get()), count};
    }
};

} // namespace

struct Deflater::State {
    isal_zstream stream{};
    Room level_buffer{ISAL_DEF_LVL1_DEFAULT};
    Room out{piece_size};

    State()
    {
        isal_deflate_init(&stream);
        stream.level = 1;
        stream.level_buf = level_buffer.octets.get();
        stream.level_buf_size = static_cast<std::uint32_t>(level_buffer.size);
        stream.gzip_flag = IGZIP_GZIP;
        stream.flush = NO_FLUSH;
    }
    // Calls ISA-L once. The call fails only for wrong parameters, and those are constant here.
    void step(base::Bytes& gzip)
    {
        stream.next_out = out.octets.get();
        stream.avail_out = static_cast<std::uint32_t>(out.size);
        isal_deflate(&stream);
        gzip.append(out.view(out.size - stream.avail_out));
    }
};

Deflater::Deflater() : state_(std::make_unique<State>()) {}
Deflater::Deflater(Deflater&&) noexcept = default;
Deflater& Deflater::operator=(Deflater&&) noexcept = default;
Deflater::~Deflater() = default;

void Deflater::update(base::BytesView plain, base::Bytes& gzip)
{
    auto& stream = state_->stream;
    while (!plain.empty()) {
        const auto piece = plain.substr(0, piece_size);
        plain.remove_prefix(piece.size());
        stream.next_in = input(piece);
        stream.avail_in = static_cast<std::uint32_t>(piece.size());
        do
            state_->step(gzip);
        while (stream.avail_in > 0 || stream.avail_out == 0);
    }
}

void Deflater::finish(base::Bytes& gzip)
{
    auto& stream = state_->stream;
    stream.next_in = nullptr;
    stream.avail_in = 0;
    stream.end_of_stream = 1;
    do
        state_->step(gzip);
    while (stream.internal_state.state != ZSTATE_END);
}

struct Inflater::State {
    pmode::PayloadLimits limits;
    inflate_state stream{};
    Room out{piece_size};
    isal_gzip_header header{};
    bool in_header = false;
    bool in_member = false;
    std::uint64_t members = 0;
    std::uint64_t read = 0;  // gzip octets consumed
    std::uint64_t plain = 0; // octets inflated
    bool failed = false;

    explicit State(const pmode::PayloadLimits& with) : limits(with) { isal_inflate_init(&stream); }

    base::Error fail(const char* why)
    {
        failed = true;
        return {errc::decompression, why};
    }
    void begin_member()
    {
        isal_inflate_reset(&stream);
        isal_gzip_header_init(&header);
        // With this flag ISA-L checks CRC and ISIZE.
        stream.crc_flag = ISAL_GZIP_NO_HDR_VER;
        in_header = in_member = true;
    }
    base::Result<> read_header();
    base::Result<> step(const PlainSink& sink);
    base::Result<> judge_size();
};

base::Result<> Inflater::State::judge_size()
{
    if (plain > limits.inflated) return fail("inflated size over the limit");
    if (plain > limits.compression_ratio_floor &&
        plain / std::max<std::uint64_t>(limits.ratio, 1) > read)
        return fail("compression ratio over the limit");
    return {};
}

// [RFC 1952 2.3] Reads the header with a separate call. isal_inflate() loses the beginning of a
// header that arrives in pieces, and with it the header's CRC.
base::Result<> Inflater::State::read_header()
{
    const auto before = stream.avail_in;
    const int outcome = isal_read_gzip_header(&stream, &header);
    read += before - stream.avail_in;
    if (outcome == ISAL_END_INPUT) return {};
    if (outcome != ISAL_DECOMP_OK) return fail("not gzip, or damaged");
    in_header = false;
    return {};
}

base::Result<> Inflater::State::step(const PlainSink& sink)
{
    const auto before = stream.avail_in;
    stream.next_out = out.octets.get();
    stream.avail_out = static_cast<std::uint32_t>(out.size);
    if (isal_inflate(&stream) != ISAL_DECOMP_OK) return fail("not gzip, or damaged");
    const auto produced = out.size - stream.avail_out;
    read += before - stream.avail_in;
    plain += produced;
    if (stream.block_state == ISAL_BLOCK_FINISH) {
        in_member = false;
        ++members;
    }
    if (auto fits = judge_size(); !fits) return fits;
    if (produced == 0) return {};
    auto taken = sink(out.view(produced));
    if (!taken) failed = true;
    return taken;
}

Inflater::Inflater(const pmode::PayloadLimits& limits) : state_(std::make_unique<State>(limits)) {}
Inflater::Inflater(Inflater&&) noexcept = default;
Inflater& Inflater::operator=(Inflater&&) noexcept = default;
Inflater::~Inflater() = default;

base::Result<> Inflater::update(base::BytesView gzip, const PlainSink& sink)
{
    auto& state = *state_;
    if (state.failed) return state.fail("failed before");
    while (!gzip.empty()) {
        const auto piece = gzip.substr(0, piece_size);
        gzip.remove_prefix(piece.size());
        state.stream.next_in = input(piece);
        state.stream.avail_in = static_cast<std::uint32_t>(piece.size());
        do {
            // Octets after a finished member must be another member. Anything else fails at its
            // header.
            if (!state.in_member && state.stream.avail_in == 0) break;
            if (!state.in_member) state.begin_member();
            if (state.in_header) {
                if (auto done = state.read_header(); !done) return done;
                // The whole piece belonged to the header.
                if (state.in_header) break;
            }
            if (auto stepped = state.step(sink); !stepped) return stepped;
        } while (state.stream.avail_in > 0 || state.stream.avail_out == 0);
    }
    return {};
}

base::Result<> Inflater::finish()
{
    if (state_->failed) return state_->fail("failed before");
    if (state_->in_member || state_->members == 0) return state_->fail("truncated");
    return {};
}

std::uint64_t Inflater::plain_size() const
{
    return state_->plain;
}

} // namespace as4
