// node --expose-internals rename.js map.json files...   map: {vars:{a:b}, props:{a:b}}
const acorn=require("internal/deps/acorn/acorn/dist/acorn"), walk=require("internal/deps/acorn/acorn-walk/dist/walk"); const fs=require("fs");
// rules: [[fileRegex, {vars},{props},{both}]...]
const rules=eval(fs.readFileSync(process.argv[2],"utf8"));
for(const f of process.argv.slice(3)){
 const V=new Map(), P=new Map();
 for(const [re,m] of rules){ if(!new RegExp(re).test(f)) continue; for(const [a,b] of Object.entries(m.v??{})) V.set(a,b); for(const [a,b] of Object.entries(m.p??{})) P.set(a,b); for(const [a,b] of Object.entries(m.b??{})){V.set(a,b);P.set(a,b);} }
 if(!V.size&&!P.size) continue;
 const src=fs.readFileSync(f,"utf8"); const edits=new Map();
 const ast=acorn.parse(src,{ecmaVersion:"latest",sourceType:f.includes("static/js")||f.endsWith(".mjs")?"module":"script",allowHashBang:true,allowReturnOutsideFunction:true});
 const put=(s,e,t)=>{ if(src.slice(s,e)!==t) edits.set(s,[s,e,t]); };
 const propKeys=new Set(), done=new Set();
 const visit=(node)=>{ if(!node||typeof node.type!=="string")return;
  if(node.type==="Property"&&node.shorthand&&!node.computed){
    const old=node.key.name; const k=P.get(old)??old, v=V.get(old)??old;
    const hasDef=node.value.type==="AssignmentPattern";
    put(node.key.start,node.key.end,k===v?k:`${k}: ${v}`);
    if(hasDef) visit(node.value.right);
    return; }
  if(node.type==="Identifier"||node.type==="PrivateIdentifier"){ const m=node.type==="PrivateIdentifier"?P:V; const n=m.get(node.name); if(n) put(node.start+(node.type==="PrivateIdentifier"?1:0),node.end,n); return; }
  for(const key of Object.keys(node)){ if(key==="start"||key==="end"||key==="type")continue;
    const c=node[key];
    if(key==="property"&&node.type==="MemberExpression"&&!node.computed||key==="key"&&!node.computed&&["Property","MethodDefinition","PropertyDefinition"].includes(node.type)){
      if(c.type==="Identifier"||c.type==="PrivateIdentifier"){const n=P.get(c.name); if(n) put(c.start+(c.type==="PrivateIdentifier"?1:0),c.end,n);} continue; }
    if(node.type==="LabeledStatement"&&key==="label")continue;
    if(Array.isArray(c))c.forEach(visit); else if(c&&typeof c==="object"&&c.type)visit(c);
  } };
 visit(ast);
 if(!edits.size)continue;
 const olds=new Set([...edits.values()].map(([s0,e0])=>src.slice(s0,e0)));
 const names=new Set(); const coll=(n)=>{ if(!n||typeof n!=="object")return; if(n.type==="Identifier")names.add(n.name); for(const k of Object.keys(n)){ if((k==="property"&&n.type==="MemberExpression"||k==="key"&&n.type!=="AssignmentPattern")&&!n.computed)continue; const c=n[k]; if(Array.isArray(c))c.forEach(coll); else if(c&&typeof c==="object"&&c.type)coll(c);} }; coll(ast);
 for(const [a,b] of V) if(olds.has(a)&&names.has(b)) console.log("!! CONFLICT",f,a,"->",b);
 let out=src; for(const [s,e,t] of [...edits.values()].sort((a,b)=>b[0]-a[0])) out=out.slice(0,s)+t+out.slice(e);
 fs.writeFileSync(f,out); console.log(f,edits.size);
}
