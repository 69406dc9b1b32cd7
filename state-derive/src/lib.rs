//! stopgap
#![allow(warnings, clippy::all, clippy::pedantic)]
use proc_macro::TokenStream;
use proc_macro2::TokenStream as T2;
use quote::{format_ident, quote};
use syn::{Data, DeriveInput, Fields, LitInt, LitStr, Type, parse_macro_input};

#[derive(Default)]
struct C {
    namespace: Option<String>,
    value: Option<Type>,
    ordered: bool,
    krate: Option<syn::Path>,
    name: Option<String>,
    version: Option<u32>,
    from: Option<Type>,
    try_from: Option<Type>,
    format: Option<String>,
    compress: Option<String>,
    threshold: Option<usize>,
    ttl: Option<String>,
    max_size: Option<usize>,
    partition: bool,
    tag: Option<u8>,
}

fn attrs(list: &[syn::Attribute]) -> C {
    let mut c = C::default();
    for a in list {
        if a.path().is_ident("state") {
            a.parse_nested_meta(|m| {
                let n = m
                    .path
                    .get_ident()
                    .map(|i| i.to_string())
                    .unwrap_or_else(|| "crate".into());
                match n.as_str() {
                    "namespace" => c.namespace = Some(m.value()?.parse::<LitStr>()?.value()),
                    "value" => c.value = Some(m.value()?.parse()?),
                    "ordered" => c.ordered = true,
                    "partition" => c.partition = true,
                    "crate" => c.krate = Some(m.value()?.parse::<LitStr>()?.parse()?),
                    "name" => c.name = Some(m.value()?.parse::<LitStr>()?.value()),
                    "version" => c.version = Some(m.value()?.parse::<LitInt>()?.base10_parse()?),
                    "from" => c.from = Some(m.value()?.parse()?),
                    "try_from" => c.try_from = Some(m.value()?.parse()?),
                    "format" => c.format = Some(m.value()?.parse::<LitStr>()?.value()),
                    "compress" => c.compress = Some(m.value()?.parse::<LitStr>()?.value()),
                    "threshold" => {
                        c.threshold = Some(m.value()?.parse::<LitInt>()?.base10_parse()?)
                    }
                    "ttl" => c.ttl = Some(m.value()?.parse::<LitStr>()?.value()),
                    "max_size" => {
                        let v: syn::Lit = m.value()?.parse()?;
                        c.max_size = Some(match v {
                            syn::Lit::Int(i) => i.base10_parse()?,
                            syn::Lit::Str(s) => {
                                let s = s.value();
                                let (n, u) =
                                    s.split_at(s.find(|c: char| !c.is_ascii_digit()).unwrap());
                                n.parse::<usize>().unwrap()
                                    << match u {
                                        "KiB" => 10,
                                        "MiB" => 20,
                                        _ => 30,
                                    }
                            }
                            _ => panic!(),
                        })
                    }
                    "tag" => c.tag = Some(m.value()?.parse::<LitInt>()?.base10_parse()?),
                    o => return Err(m.error(format!("unknown {o}"))),
                }
                Ok(())
            })
            .unwrap();
        }
    }
    c
}

#[proc_macro_derive(StateKey, attributes(state))]
pub fn state_key(i: TokenStream) -> TokenStream {
    key(parse_macro_input!(i as DeriveInput), true).into()
}
#[proc_macro_derive(KeyField, attributes(state))]
pub fn key_field(i: TokenStream) -> TokenStream {
    key(parse_macro_input!(i as DeriveInput), false).into()
}

fn key(input: DeriveInput, whole: bool) -> T2 {
    let c = attrs(&input.attrs);
    let p = match &c.krate {
        Some(k) => quote!(#k::__private),
        None => quote!(::typed_state::__private),
    };
    let name = &input.ident;
    let vis = &input.vis;
    let (ig, tg, wc) = input.generics.split_for_impl();
    match &input.data {
        Data::Struct(s) => {
            let tuple = matches!(s.fields, Fields::Unnamed(_));
            let fs: Vec<_> = s
                .fields
                .iter()
                .enumerate()
                .map(|(i, f)| {
                    let m = match &f.ident {
                        Some(id) => syn::Member::Named(id.clone()),
                        None => syn::Member::Unnamed(i.into()),
                    };
                    let plain = match &f.ident {
                        Some(id) => id.clone(),
                        None => format_ident!("_{}", i),
                    };
                    (
                        m,
                        plain,
                        f.ty.clone(),
                        attrs(&f.attrs).partition,
                        f.vis.clone(),
                    )
                })
                .collect();
            let tys: Vec<_> = fs.iter().map(|f| &f.2).collect();
            let ms: Vec<_> = fs.iter().map(|f| &f.0).collect();
            let generic = !input.generics.params.is_empty();
            let twin = format_ident!("{}Ref", name);
            let pf = fs.iter().filter(|f| f.3).count();
            let vs: Vec<_> = fs.iter().map(|f| &f.4).collect();
            // tuple ref
            let (reft, as_ref, from_ref, get): (T2, T2, T2, Vec<T2>);
            if generic || fs.is_empty() {
                let idx: Vec<_> = (0..fs.len()).map(syn::Index::from).collect();
                reft = quote!((#(<#tys as #p::KeyField>::Ref<'state>,)*));
                as_ref = quote!((#(<#tys as #p::KeyField>::as_key_ref(&self.#ms),)*));
                from_ref = quote!(Self { #(#ms: <#tys as #p::KeyField>::from_key_ref(b.#idx)),* });
                get = idx.iter().map(|i| quote!(b.#i)).collect();
            } else {
                reft = quote!(#twin<'state>);
                as_ref = quote!(#twin { #(#ms: <#tys as #p::KeyField>::as_key_ref(&self.#ms)),* });
                from_ref = quote!(Self { #(#ms: <#tys as #p::KeyField>::from_key_ref(b.#ms)),* });
                get = ms.iter().map(|m| quote!(b.#m)).collect();
            }
            let _ = tuple;
            let lookup_body = |src: Vec<T2>| {
                let mut out = T2::new();
                for (i, f) in fs.iter().enumerate() {
                    let t = &f.2;
                    let s = &src[i];
                    out.extend(quote!(<#t as #p::KeyField>::encode_field(#s, w);));
                    if i + 1 == pf {
                        out.extend(quote!(w.end_partition();));
                    }
                }
                if pf == 0 {
                    out.extend(quote!(w.end_partition();));
                }
                out
            };
            let mut out = quote! {
                impl #ig #p::KeyField for #name #tg #wc {
                    type Ref<'state> = #reft;
                    fn as_key_ref(&self) -> Self::Ref<'_> { #as_ref }
                    fn from_key_ref(b: Self::Ref<'_>) -> Self { #from_ref }
                    fn encode_field(b: Self::Ref<'_>, w: &mut #p::KeyWriter) { #(<#tys as #p::KeyField>::encode_field(#get, w);)* }
                    fn decode_field(r: &mut #p::KeyReader<'_>) -> ::core::result::Result<Self, #p::KeyError> { Ok(Self { #(#ms: <#tys as #p::KeyField>::decode_field(r)?),* }) }
                    fn fmt_field(b: Self::Ref<'_>, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result { let mut first = true; #( if !first { f.write_str("/")?; } first = false; <#tys as #p::KeyField>::fmt_field(#get, f)?; )* let _ = first; Ok(()) }
                    fn sample_field(s: &mut #p::Sampler<'_>) -> Self { Self { #(#ms: <#tys as #p::KeyField>::sample_field(s)),* } }
                }
            };
            if !generic && !fs.is_empty() {
                let names: Vec<_> = fs
                    .iter()
                    .map(|f| {
                        if let syn::Member::Named(n) = &f.0 {
                            quote!(#n)
                        } else {
                            let i = &f.1;
                            quote!(#i)
                        }
                    })
                    .collect();
                let _ = names;
                let named = matches!(s.fields, Fields::Named(_));
                let def = if named {
                    let ids = s.fields.iter().map(|f| f.ident.clone().unwrap());
                    quote!(#vis struct #twin<'state> { #(#vs #ids: <#tys as #p::KeyField>::Ref<'state>,)*  })
                } else {
                    quote!(#vis struct #twin<'state>(#(#vs <#tys as #p::KeyField>::Ref<'state>,)*);)
                };
                let def = if named { def } else { def };
                let src_self: Vec<T2> = ms.iter().map(|m| quote!(self.#m)).collect();
                let _ = vis;
                out.extend(quote!(#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)] #def));
                if whole {
                    let b = lookup_body(src_self);
                    out.extend(quote!(impl<'state> #p::KeyLookup for #twin<'state> { type Key = #name; fn encode_fields(&self, w: &mut #p::KeyWriter) { #b } }));
                }
            }
            if whole {
                let ns = c.namespace.clone().unwrap();
                let v = c.value.clone().unwrap();
                let ordered = c.ordered;
                let pfo = if pf == 0 {
                    quote!(None)
                } else {
                    quote!(Some(#pf))
                };
                let src: Vec<T2> = ms
                    .iter()
                    .zip(&tys)
                    .map(|(m, t)| quote!(<#t as #p::KeyField>::as_key_ref(&self.#m)))
                    .collect();
                let b = lookup_body(src);
                out.extend(quote!{
                    impl #ig #p::KeyLookup for #name #tg #wc { type Key = Self; fn encode_fields(&self, w: &mut #p::KeyWriter) { #b } }
                    impl #ig #p::StateKey for #name #tg #wc { const NAMESPACE: &'static str = #ns; const PARTITION_FIELDS: Option<usize> = #pfo; const LAYOUT: &'static str = #ns; const ORDERED: bool = #ordered; type Value = #v; }
                    impl #ig ::core::fmt::Display for #name #tg #wc { fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result { f.write_str(#ns)?; f.write_str("/")?; <Self as #p::KeyField>::fmt_field(<Self as #p::KeyField>::as_key_ref(self), f) } }
                });
                if ordered {
                    out.extend(quote!(impl #ig #p::OrderedKey for #name #tg #wc {}));
                    let pre = format_ident!("{}Prefix", name);
                    let stages: Vec<_> = (0..fs.len())
                        .map(|i| format_ident!("{}After{}", name, i))
                        .collect();
                    let mut st = vec![quote!(#p::Start)];
                    st.extend(stages.iter().map(|s| quote!(#s)));
                    for (i, s) in stages.iter().enumerate() {
                        let reach = if pf > 0 && i + 1 >= pf {
                            quote!(#p::Within)
                        } else {
                            quote!(#p::Across)
                        };
                        let ends = i + 1 == pf;
                        out.extend(quote!(#vis enum #s {} impl #p::PrefixStage for #s { type Reach = #reach; const ENDS_PARTITION: bool = #ends; }));
                    }
                    out.extend(quote!{ #vis struct #pre<S>(#p::Prefix<#name, S>); impl #name { #vis fn prefix() -> #pre<#p::Start> { #pre(#p::Prefix::new()) } }
                        impl<S: #p::PrefixStage> From<#pre<S>> for #p::KeyRange<#name, S::Reach> { fn from(b: #pre<S>) -> Self { b.0.into() } } });
                    for (i, f) in fs.iter().enumerate() {
                        let (cur, nxt) = (&st[i], &st[i + 1]);
                        let (n, t) = (&f.1, &f.2);
                        let rn = format_ident!("{}_range", n);
                        let sn = format_ident!("{}_starts_with", n);
                        out.extend(quote!{ impl #pre<#cur> { pub fn #n(self, v: <#t as #p::KeyField>::Ref<'_>) -> #pre<#nxt> { #pre(self.0.fix::<#t, #nxt>(v)) }
                            pub fn #rn<'a>(self, b: impl ::core::ops::RangeBounds<<#t as #p::KeyField>::Ref<'a>>) -> #p::KeyRange<#name, <#cur as #p::PrefixStage>::Reach> { self.0.range::<#t>(b) }
                            pub fn #sn(self, v: impl AsRef<[u8]>) -> #p::KeyRange<#name, <#cur as #p::PrefixStage>::Reach> { self.0.starts_with(v) } } });
                    }
                }
            }
            out
        }
        Data::Enum(e) => {
            let mut enc = T2::new();
            let mut dec = T2::new();
            let mut fm = T2::new();
            let mut sm = T2::new();
            let n = e.variants.len();
            for (i, v) in e.variants.iter().enumerate() {
                let tag = attrs(&v.attrs)
                    .tag
                    .unwrap_or_else(|| match &v.discriminant {
                        Some((_, syn::Expr::Lit(l))) => {
                            if let syn::Lit::Int(i) = &l.lit {
                                i.base10_parse().unwrap()
                            } else {
                                panic!()
                            }
                        }
                        _ => panic!("tag"),
                    });
                let id = &v.ident;
                let tys: Vec<_> = v.fields.iter().map(|f| &f.ty).collect();
                let mem: Vec<syn::Member> = v
                    .fields
                    .iter()
                    .enumerate()
                    .map(|(i, f)| match &f.ident {
                        Some(x) => syn::Member::Named(x.clone()),
                        None => syn::Member::Unnamed(i.into()),
                    })
                    .collect();
                let vars: Vec<_> = (0..tys.len()).map(|i| format_ident!("f{}", i)).collect();
                enc.extend(quote!(Self::#id { #(#mem: #vars),* } => { w.write_byte(#tag); #(<#tys as #p::KeyField>::encode_field(<#tys as #p::KeyField>::as_key_ref(#vars), w);)* }));
                dec.extend(quote!(#tag => Ok(Self::#id { #(#mem: <#tys as #p::KeyField>::decode_field(r)?),* }),));
                let idn = id.to_string();
                fm.extend(quote!(Self::#id { #(#mem: #vars),* } => { f.write_str(#idn)?; #(f.write_str("/")?; <#tys as #p::KeyField>::fmt_field(<#tys as #p::KeyField>::as_key_ref(#vars), f)?;)* Ok(()) }));
                sm.extend(
                    quote!(#i => Self::#id { #(#mem: <#tys as #p::KeyField>::sample_field(s)),* },),
                );
            }
            let last = n - 1;
            let _ = last;
            let mut out = quote! {
                impl #p::KeyField for #name { type Ref<'state> = &'state #name; fn as_key_ref(&self) -> &#name { self } fn from_key_ref(b: &#name) -> Self { b.clone() }
                    fn encode_field(b: &#name, w: &mut #p::KeyWriter) { match b { #enc } }
                    fn decode_field(r: &mut #p::KeyReader<'_>) -> ::core::result::Result<Self, #p::KeyError> { match r.read_byte("tag")? { #dec _ => Err(r.error("a tag")) } }
                    fn fmt_field(b: &#name, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result { match b { #fm } }
                    fn sample_field(s: &mut #p::Sampler<'_>) -> Self { match s.choose(#n) { #sm _ => unreachable!() } } }
            };
            if whole {
                let ns = c.namespace.clone().unwrap();
                let v = c.value.clone().unwrap();
                let ordered = c.ordered;
                out.extend(quote!{ impl #p::KeyLookup for #name { type Key = Self; fn encode_fields(&self, w: &mut #p::KeyWriter) { <Self as #p::KeyField>::encode_field(self, w); w.end_partition(); } }
                    impl #p::StateKey for #name { const NAMESPACE: &'static str = #ns; const PARTITION_FIELDS: Option<usize> = None; const LAYOUT: &'static str = #ns; const ORDERED: bool = #ordered; type Value = #v; }
                    impl ::core::fmt::Display for #name { fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result { f.write_str(#ns)?; f.write_str("/")?; <Self as #p::KeyField>::fmt_field(self, f) } } });
                if ordered {
                    out.extend(quote!(impl #p::OrderedKey for #name {}));
                }
            }
            out
        }
        _ => panic!(),
    }
}

#[proc_macro_derive(StateValue, attributes(state))]
pub fn state_value(i: TokenStream) -> TokenStream {
    let input = parse_macro_input!(i as DeriveInput);
    let c = attrs(&input.attrs);
    let p = match &c.krate {
        Some(k) => quote!(#k::__private),
        None => quote!(::typed_state::__private),
    };
    let name = &input.ident;
    let n = c.name.clone().unwrap();
    let v = c.version.unwrap_or(1);
    let (ig, tg, wc) = input.generics.split_for_impl();
    let fmt = match c.format.as_deref() {
        None | Some("msgpack") => quote!(MessagePack),
        Some("json") => quote!(Json),
        _ => quote!(Bincode),
    };
    let th = match c.threshold {
        Some(t) => quote!(#t),
        None => quote!(#p::Compression::DEFAULT_THRESHOLD),
    };
    let comp = match c.compress.as_deref() {
        None | Some("none") => quote!(#p::Compression::None),
        Some(x) => {
            let k = match x {
                "lz4" => quote!(Lz4),
                "snappy" => quote!(Snappy),
                _ => quote!(Zstd),
            };
            quote!(#p::Compression::From { compressor: #p::Compressor::#k, threshold: #th })
        }
    };
    let ttl = match &c.ttl {
        None => quote!(None),
        Some(t) => {
            let (n, u) = t.split_at(t.find(|c: char| !c.is_ascii_digit()).unwrap());
            let ms: i64 = n.parse::<i64>().unwrap()
                * match u {
                    "ms" => 1,
                    "s" => 1000,
                    "m" => 60000,
                    "h" => 3600000,
                    _ => 86400000,
                };
            quote!(#p::Ttl::from_millis(#ms))
        }
    };
    let max = match c.max_size {
        None => quote!(None),
        Some(n) => quote!(Some(#n)),
    };
    let older = match (&c.from, &c.try_from) {
        (Some(f), _) => {
            quote!(if version >= 1 && version < #v { return <#f as #p::StateValue>::decode_payload(version, format, payload).map(::core::convert::From::from); })
        }
        (_, Some(f)) => {
            quote!(if version >= 1 && version < #v { return <#f as #p::StateValue>::decode_payload(version, format, payload).and_then(|o| ::core::convert::TryFrom::try_from(o).map_err(|e| #p::CodecError::Payload(::std::borrow::Cow::Owned(::std::string::ToString::to_string(&e))))); })
        }
        _ => T2::new(),
    };
    quote!{ impl #ig #p::StateValue for #name #tg #wc { const NAME: &'static str = #n; const VERSION: u32 = #v; const FORMAT: #p::Format = #p::Format::#fmt; const COMPRESSION: #p::Compression = #comp; const TTL: Option<#p::Ttl> = #ttl; const MAX_SIZE: Option<usize> = #max;
        fn encode_payload(&self, out: &mut Vec<u8>) -> ::core::result::Result<(), #p::CodecError> { #p::encode_serde(Self::FORMAT, self, out) }
        fn decode_payload(version: u32, format: #p::Format, payload: &[u8]) -> ::core::result::Result<Self, #p::CodecError> { #older if version != #v { return Err(#p::CodecError::Version { name: #n, stored: version, known: #v }); } #p::decode_serde(format, payload) } } }.into()
}
