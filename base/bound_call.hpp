#pragma once
// A member function bound to its object: two pointers, so that it needs no allocation and can be
// copied freely. For callbacks of a type that is known when the program is written, as timers have.
// The object must outlive every call.

namespace thalamus::base {

template <class... Args>
class bound_call {
public:
    using function = void (*)(void* object, Args...);
    bound_call(function f, void* object) : function_(f), object_(object) {}
    void operator()(Args... args) const { function_(object_, args...); }

private:
    function function_;
    void* object_;
};

namespace detail {
template <auto Member, class T, class Class, class... Args>
bound_call<Args...> bind(T* object, void (Class::*)(Args...)) {
    return {[](void* self, Args... args) { (static_cast<T*>(self)->*Member)(args...); }, object};
}
} // namespace detail

/// `bind<&session::on_timer>(this)` calls on_timer(), which may be private.
template <auto Member, class T>
auto bind(T* object) {
    return detail::bind<Member>(object, Member);
}

} // namespace thalamus::base
