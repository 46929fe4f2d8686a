// SPDX-License-Identifier: Apache-2.0
// Result<T> holds either a value or an Error.
#pragma once

#include <boost/assert/source_location.hpp>
#include <boost/system/result.hpp>
#include <boost/system/system_error.hpp>

#include <ostream>
#include <string>
#include <utility>

namespace base {

struct Error {
    // Callers compare the code, never the text.
    boost::system::error_code code;
    // Names the peer, part or file, for the log. Never contains a secret.
    std::string detail;
    // The source line that made the error.
    boost::source_location where;

    Error() = default;
    Error(
        boost::system::error_code what, std::string about = {},
        boost::source_location here = BOOST_CURRENT_LOCATION
    )
        : code(what), detail(std::move(about)), where(here)
    {
    }
    // Converts from any enum that is registered as an error code (each library's errc).
    template <class Enum>
        requires boost::system::is_error_code_enum<Enum>::value
    Error(Enum what, std::string about = {}, boost::source_location here = BOOST_CURRENT_LOCATION)
        : code(make_error_code(what)), detail(std::move(about)), where(here)
    {
    }

    // Returns "text of the code (detail)", for the log and for problem documents.
    std::string text() const;
};

[[noreturn]] inline void
throw_exception_from_error(const Error& error, const boost::source_location&)
{
    throw boost::system::system_error(error.code, error.detail);
}

// Adds [[nodiscard]], which Boost 1.81 lacks, so that the compiler warns about an ignored error.
template <class T = void> class [[nodiscard]] Result : public boost::system::result<T, Error> {
public:
    using boost::system::result<T, Error>::result;
};

// Prints a Result when a test fails. Boost's operator would require operator<< for every T.
template <class Char, class Traits, class T>
std::basic_ostream<Char, Traits>&
operator<<(std::basic_ostream<Char, Traits>& stream, const Result<T>& result)
{
    return stream << (result ? std::string("a value") : result.error().text());
}

} // namespace base
