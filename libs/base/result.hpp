// SPDX-License-Identifier: Apache-2.0
// Result<T>: a value, or the Error that took its place.
#pragma once

#include <boost/assert/source_location.hpp>
#include <boost/system/result.hpp>
#include <boost/system/system_error.hpp>

#include <ostream>
#include <string>
#include <utility>

namespace base {

struct Error {
    boost::system::error_code code; // what went wrong; callers compare this, never the text
    std::string detail;             // which peer, part or file it was, for the log; never a secret
    boost::source_location where;

    Error() = default;
    Error(
        boost::system::error_code what, std::string about = {},
        boost::source_location here = BOOST_CURRENT_LOCATION
    )
        : code(what), detail(std::move(about)), where(here)
    {
    }
    // From any enum registered as an error code (each library's errc).
    template <class Enum>
        requires boost::system::is_error_code_enum<Enum>::value
    Error(Enum what, std::string about = {}, boost::source_location here = BOOST_CURRENT_LOCATION)
        : code(make_error_code(what)), detail(std::move(about)), where(here)
    {
    }

    // "text of the code (detail)", for a log line or a person.
    std::string text() const;
};

[[noreturn]] inline void
throw_exception_from_error(const Error& error, const boost::source_location&)
{
    throw boost::system::system_error(error.code, error.detail);
}

// Boost 1.81 does not mark its result [[nodiscard]]; an ignored error must not compile quietly.
template <class T = void> class [[nodiscard]] Result : public boost::system::result<T, Error> {
public:
    using boost::system::result<T, Error>::result;
};

// What a failing test shows. Boost's own would demand that every T can be written.
template <class Char, class Traits, class T>
std::basic_ostream<Char, Traits>&
operator<<(std::basic_ostream<Char, Traits>& stream, const Result<T>& result)
{
    return stream << (result ? std::string("a value") : result.error().text());
}

} // namespace base
