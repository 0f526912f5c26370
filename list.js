// list identifiers: kind name count files
const acorn=require("internal/deps/acorn/acorn/dist/acorn"); const fs=require("fs");
const C=new Map(); const add=(kind,name,f)=>{const k=kind+" "+name; if(!C.has(k))C.set(k,{n:0,fs:new Set()}); C.get(k).n++; C.get(k).fs.add(f);};
for(const f of process.argv.slice(2)){const src=fs.readFileSync(f,"utf8"); let ast; try{ast=acorn.parse(src,{ecmaVersion:"latest",sourceType:f.includes("static/js")||f.endsWith(".mjs")?"module":"script",allowHashBang:true,allowReturnOutsideFunction:true});}catch(e){console.error(f,e.message);continue}
 const visit=(n)=>{ if(!n)return;
  if(n.type==="Property"&&n.shorthand&&!n.computed){add("s",n.key.name,f); if(n.value.type==="AssignmentPattern")visit(n.value.right); return;}
  if(n.type==="Identifier"){add("v",n.name,f);return;} if(n.type==="PrivateIdentifier"){add("p",n.name,f);return;}
  for(const key of Object.keys(n)){const c=n[key]; if((key==="property"&&n.type==="MemberExpression"||key==="key"&&["Property","MethodDefinition","PropertyDefinition"].includes(n.type))&&!n.computed&&(c.type==="Identifier"||c.type==="PrivateIdentifier")){add("p",c.name,f);continue;}
   if(Array.isArray(c))c.forEach(visit); else if(c&&typeof c==="object"&&c.type)visit(c);} };
 visit(ast);}
for(const [k,{n,fs}] of [...C].sort((a,b)=>b[1].n-a[1].n)) console.log(k,n,[...fs].map(x=>x.replace("client/","")).slice(0,3).join(","));
