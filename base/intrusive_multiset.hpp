#pragma once
// The same as base/intrusive_list.hpp for objects in an order: the first one is found at once. The
// order of an object must not change while it is in the set.

#include <boost/intrusive/set.hpp>

namespace thalamus::base {

using multiset_hook =
    boost::intrusive::set_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

/// Without a Compare, by operator<.
template <class T, class Compare = void>
using intrusive_multiset = boost::intrusive::multiset<T, boost::intrusive::base_hook<multiset_hook>,
                                                      boost::intrusive::compare<Compare>,
                                                      boost::intrusive::constant_time_size<false>>;

} // namespace thalamus::base
