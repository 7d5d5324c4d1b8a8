//! Herald: an open, self-hosted employee advocacy platform.
//!
//! Modules in reading order: the ground, then the slices, of which each calls only those above it
//! (`tests/product/architecture.rs` reads the `use crate::` lines).

pub mod app;
pub mod command;
pub mod config;
pub mod error;
pub mod network;
pub mod routes;
pub mod server;

pub mod administration;
pub mod audiences;
pub mod audit;
pub mod db;
pub mod home;
pub mod identity;
pub mod jobs;
pub mod library;
pub mod networks;
pub mod notifications;
pub mod recognition;
pub mod reports;
pub mod sharing;
pub mod tracking;
pub mod web;
