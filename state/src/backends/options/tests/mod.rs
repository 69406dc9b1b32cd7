mod address;
mod names;
mod texts;
