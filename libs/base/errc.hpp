// SPDX-License-Identifier: Apache-2.0
// What each library's errc.hpp needs to make its enum an error code: a category by name and text.
//
// A library writes:  enum class errc { … };  const char* text(errc);  KURIR_ERROR_CODES(xml)
// (the macro stands outside of every namespace, at the end of the header).
#pragma once

#include <boost/system/error_code.hpp>

#include <string>

namespace base {

// Boost's base class keeps its destructor protected and not virtual; final makes that harmless.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wnon-virtual-dtor"
template <class Enum> class ErrorCategory final : public boost::system::error_category {
public:
    explicit ErrorCategory(const char* name) : name_(name) {}
    const char* name() const noexcept override { return name_; }
    std::string message(int value) const override { return text(static_cast<Enum>(value)); }

private:
    const char* name_;
};
#pragma GCC diagnostic pop

} // namespace base

// Makes library::errc an error code whose category is named after the library.
#define KURIR_ERROR_CODES(library)                                                                 \
    namespace library {                                                                            \
    inline const boost::system::error_category& category()                                         \
    {                                                                                              \
        static const base::ErrorCategory<errc> instance(#library);                                 \
        return instance;                                                                           \
    }                                                                                              \
    inline boost::system::error_code make_error_code(errc value)                                   \
    {                                                                                              \
        return {static_cast<int>(value), category()};                                              \
    }                                                                                              \
    }                                                                                              \
    template <> struct boost::system::is_error_code_enum<library::errc> : std::true_type {};
