//! Icons on a 16 px grid, 1.5 px stroke, round joins.

use yew::prelude::*;

/// What an icon shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Icon {
    First,
    Back,
    Play,
    Pause,
    Forward,
    Last,
    Check,
    Cross,
    Corner,
    Ring,
    Question,
    Sun,
    Keyboard,
    Screen,
    Down,
    Side,
    Folder,
    Share,
    Curve,
    Code,
    Book,
}

/// The icon, hidden from screen readers: a word or a label always stands beside it.
pub(super) fn icon(icon: Icon) -> Html {
    let shape = match icon {
        Icon::First => html! { <path d="M3 3v10M13 3.5 6 8l7 4.5z" /> },
        Icon::Back => html! { <path d="M11 3.5 4.5 8l6.5 4.5z" /> },
        Icon::Play => html! { <path class="solid" d="M5 3.5v9L12.5 8z" /> },
        Icon::Pause => html! { <path d="M5.5 3.5v9M10.5 3.5v9" stroke-width="2.5" /> },
        Icon::Forward => html! { <path d="M5 3.5v9L11.5 8z" /> },
        Icon::Last => html! { <path d="M13 3v10M3 3.5 10 8l-7 4.5z" /> },
        Icon::Check => html! { <path d="m3 8.5 3.2 3.2L13 5" stroke-width="2" /> },
        Icon::Cross => html! { <path d="m4 4 8 8M12 4l-8 8" stroke-width="2" /> },
        Icon::Corner => html! { <path class="solid" d="M3 3h10v10z" /> },
        Icon::Ring => html! { <circle cx="8" cy="8" r="5" stroke-width="2" stroke-dasharray="2 1.93" /> },
        Icon::Question => html! { <path d="M5.5 6Q5.5 3.5 8 3.5T10.5 6Q10.5 7.5 8 8.5V10M8 12.5h.01" stroke-width="2" /> },
        Icon::Sun => html! {
            <><circle cx="8" cy="8" r="3" /><path d="M8 1v1.5M8 13.5V15M1 8h1.5M13.5 8H15M3 3l1 1M12 12l1 1M13 3l-1 1M4 12l-1 1" /></>
        },
        Icon::Keyboard => html! { <path d="M1.5 4.5h13v7h-13zM4 7h.01M7 7h.01M10 7h.01M12.5 7h.01M5 9.5h6" /> },
        Icon::Folder => html! { <path d="M2 3.5h4l1.5 2H14v7H2z" /> },
        Icon::Curve => html! { <path d="M2 2v12h12M4.5 11l3-4 2.5 2L14 4" /> },
        Icon::Code => html! { <path d="M5.5 4.5 2 8l3.5 3.5M10.5 4.5 14 8l-3.5 3.5" /> },
        Icon::Book => html! { <path d="M8 4Q5.5 2.5 2 3v9.5q3.5-.5 6 1 2.5-1.5 6-1V3q-3.5-.5-6 1zv9.5" /> },
        Icon::Share => html! { <path d="M5.5 6H3v8h10V6h-2.5M8 10V1.5M5 4.5l3-3 3 3" /> },
        Icon::Screen => html! { <path d="M1.5 2.5h13v9h-13zM5 14h6" /> },
        Icon::Down => html! { <path d="M4 6.5l4 4 4-4" /> },
        Icon::Side => html! { <path d="M2 3h12v10H2zM10 3v10" /> },
    };
    html! { <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">{ shape }</svg> }
}

/// The mark of the project: two squares over one.
pub(super) fn logo() -> Html {
    html! {
        <svg width="22" height="22" viewBox="0 0 24 24" fill="none" stroke-width="2.5" aria-hidden="true">
            <rect class="one" x="2.5" y="2.5" width="12" height="12" rx="3" />
            <rect class="two" x="9.5" y="9.5" width="12" height="12" rx="3" />
            <rect class="both" x="10" y="10" width="4" height="4" />
        </svg>
    }
}
