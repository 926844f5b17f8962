#pragma once
// Lists of objects that others own and may destroy at any time: an object leaves its list when it
// is destroyed. Nothing is allocated. The list does not destroy its objects.
//
//     class call : public base::list_hook<> { ... };
//     base::intrusive_list<call> calls_;
//
// An object in several lists has one hook for each, with a tag: list_hook<struct waiting_tag>.
// Advance an iterator before a call that may destroy its element.

#include <boost/intrusive/list.hpp>

namespace thalamus::base {

struct only_list;

template <class Tag = only_list>
using list_hook =
    boost::intrusive::list_base_hook<boost::intrusive::tag<Tag>,
                                     boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

template <class T, class Tag = only_list>
using intrusive_list = boost::intrusive::list<T, boost::intrusive::base_hook<list_hook<Tag>>,
                                              boost::intrusive::constant_time_size<false>>;

} // namespace thalamus::base
